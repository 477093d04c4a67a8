"""The cluster key of a shelf, and its change while everything goes on."""
import os
import subprocess

STEPS = 3
"""Old and new key, new and old, new alone."""


class KeyChange:
    """One key file for each member, as on real boards; all change together, step by step."""

    def __init__(self, program, folder, members):
        self.folder, self.members = folder, members
        self.old, self.new = (self.make(program, name) for name in ("old", "new"))
        self.done = 0
        self.write(self.old)

    def make(self, program, name):
        path = os.path.join(self.folder, f"{name}.key")
        subprocess.run([program, "key", "new", "--out", path], check=True, capture_output=True, text=True)
        with open(path, encoding="ascii") as file:
            return next(line for line in file if not line.startswith("#"))

    def file(self, member):
        return os.path.join(self.folder, f"member-{member}.key")

    def step(self):
        self.write([self.old + self.new, self.new + self.old, self.new][self.done])
        self.done += 1

    def write(self, text):
        """A member never sees half a file."""
        for member in self.members:
            partial = self.file(member) + ".part"
            with open(partial, "w", encoding="ascii") as file:
                file.write(text)
            os.replace(partial, self.file(member))
