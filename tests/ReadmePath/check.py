#!/usr/bin/env python3
"""Runs the README's way from a clone to boards that boot from cards, word for word, in a fresh clone of this checkout's HEAD, and
compares what is printed with what the README shows.

    tests/ReadmePath/check.py [--install] [--keep]

Numbers and hashes may differ, and so may the width of columns. What the README leaves out may be printed; what it shows has to come, in
its order. --install runs the line that installs packages as well (as root); --keep leaves the clone. Takes about five minutes.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
HEADING = "## From a clone to three boards that boot from cards"


def commands(readme):
    """The block's commands, each with the lines that the README shows under it."""
    block = readme.split(HEADING, 1)[1].split("```", 2)[1]
    found = []
    continues = False
    for line in block.strip("\n").split("\n"):
        if continues:
            found[-1][0] += "\n" + line
        elif line.startswith("$ "):
            found.append([line[2:], []])
        else:
            found[-1][1].append(line)
        continues = (continues or line.startswith("$ ")) and line.endswith("\\")
    return found


def masked(line):
    """The line without what differs from run to run: hexadecimal names, numbers, widths of columns."""
    line = re.sub(r"\b[0-9a-f]{12,}\b", "H", line)
    line = re.sub(r"\d[\d,.]*", "N", line)
    line = re.sub(r"-{3,}", "-", line)
    return re.sub(r"\s+", " ", line).strip()


def first_missing(shown, printed):
    """The first shown line that was not printed behind the ones before it; None when all were."""
    lines = iter(masked(line) for line in printed)
    for line in shown:
        if line.strip() and not any(masked(line) == candidate for candidate in lines):
            return line
    return None


def shell(folder):
    """A shell in which fpgaedge is what the README says it stands for."""
    start = subprocess.Popen(["bash"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
    start.stdin.write("fpgaedge() { dotnet run -c Release --project src/FpgaEdge.Cli -- \"$@\"; }\n")
    return start


def run(process, command):
    """Runs a command; returns its exit code and lines of stdout."""
    process.stdin.write(f"{command}\necho \"== ended with $?\"\n")
    process.stdin.flush()
    printed = []
    for line in process.stdout:
        line = line.rstrip("\n")
        end = re.fullmatch(r"== ended with (\d+)", line)
        if end:
            return int(end.group(1)), printed
        printed.append(line)
    return -1, printed


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--install", action="store_true")
    arguments.add_argument("--keep", action="store_true")
    wish = arguments.parse_args()
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
        steps = commands(readme.read())
    folder = tempfile.mkdtemp(prefix="fpgaedge-readme-")
    process = shell(folder)
    failures = 0
    try:
        for command, shown in steps:
            print(f"$ {command}", flush=True)
            if command.startswith("apt-get") and not wish.install:
                print("  (not run; --install)")
                continue
            code, printed = run(process, command.replace("git clone URL", f"git clone -q '{ROOT}'"))
            print("\n".join(printed), flush=True)
            missing = first_missing(shown, printed)
            if code != 0 or missing is not None:
                failures += 1
                print(f"DIFFERS: exit code {code}" + (f"; the README shows: {missing}" if missing is not None else ""), flush=True)
                break
    finally:
        process.kill()
        if not wish.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(steps)} commands, {failures} unlike the README" if failures == 0 else "stopped at the first that differs")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
