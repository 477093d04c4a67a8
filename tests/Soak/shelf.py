"""A shelf of boards: one network namespace and one fpgaedged each, joined by a bridge that loses packets."""
import json
import os
import shutil
import signal
import subprocess
import tempfile

from keys import KeyChange

PREFIX = "fesoak"
CLIENT = 200
STOP_SECONDS = 10
USAGE, WRONG = 2, 6


class ShelfError(Exception):
    def __init__(self, text, code=WRONG):
        super().__init__(text)
        self.code = code


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def address(number):
    return f"10.77.0.{number}"


class Shelf:
    """Use in a with statement: whatever happens, processes, namespaces and files are gone afterwards."""

    cluster = "soak"

    def __init__(self, binaries, boards, loss):
        self.binaries, self.boards, self.loss = binaries, boards, loss
        self.complaints = []
        self.processes = {}
        self.others = []
        self.spaces = []
        self.folder = None
        self.keys = None
        self.lost = 0

    def __enter__(self):
        self.require()
        self.remove_abandoned()
        self.folder = tempfile.mkdtemp(prefix="fpgaedge-soak-")
        try:
            self.keys = KeyChange(self.program("fpgaedge"), self.folder, [*range(1, self.boards + 1), CLIENT])
            self.build()
        except subprocess.CalledProcessError as error:
            self.__exit__()
            raise ShelfError(f"{' '.join(error.cmd)}: {error.stderr.strip()}", USAGE) from error
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in [*self.processes.values(), *self.others]:
            if process.poll() is None:
                process.kill()
            process.wait()
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def require(self):
        if os.geteuid() != 0:
            raise ShelfError("network namespaces need root", USAGE)
        for tool, package in (("ip", "iproute2"), ("nft", "nftables")):
            if shutil.which(tool) is None:
                raise ShelfError(f"{tool} is not installed; it is in the package {package}", USAGE)
        for program in ("fpgaedge", "fpgaedged"):
            if not os.access(self.program(program), os.X_OK):
                raise ShelfError(f"{self.program(program)}: not there; build src/FpgaEdge.Cli -c Release", USAGE)

    def program(self, name):
        return os.path.join(self.binaries, name)

    def remove_abandoned(self):
        """Namespaces of a soak that was killed outright; a living one's carry a living process number."""
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
        for name in (line.split()[0] for line in listed.splitlines() if line):
            parts = name.split("-")
            if parts[0] == PREFIX and len(parts) == 3 and not os.path.exists(f"/proc/{parts[1]}"):
                subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def space(self, member):
        return f"{PREFIX}-{os.getpid()}-{member}"

    def add_space(self, member):
        self.spaces.append(self.space(member))
        ip("netns", "add", self.space(member))
        ip("-n", self.space(member), "link", "set", "lo", "up")

    def build(self):
        switch = self.space("switch")
        self.add_space("switch")
        ip("-n", switch, "link", "add", "shelf", "type", "bridge", "mcast_snooping", "0")
        ip("-n", switch, "link", "set", "shelf", "up")
        for member in [*range(1, self.boards + 1), CLIENT]:
            self.add_space(member)
            self.connect(member)
        if self.loss > 0:
            rules = ("table bridge soak { chain forward { type filter hook forward priority 0; "
                     f"numgen random mod 100 < {self.loss} counter drop; }}; }}")
            subprocess.run(["ip", "netns", "exec", switch, "nft", rules], check=True, capture_output=True, text=True)

    def connect(self, member):
        """Gives a member its interface; deleting that takes the switch's port with it."""
        own, switch = self.space(member), self.space("switch")
        ip("link", "add", f"port{member}", "netns", switch, "type", "veth", "peer", "name", "eth0", "netns", own)
        ip("-n", switch, "link", "set", f"port{member}", "master", "shelf", "up")
        ip("-n", own, "address", "add", f"{address(member)}/24", "dev", "eth0")
        ip("-n", own, "link", "set", "eth0", "up")

    def dropped(self):
        if self.spaces and self.loss > 0:
            words = ["ip", "netns", "exec", self.space("switch"), "nft", "-j", "list", "table", "bridge", "soak"]
            shown = subprocess.run(words, capture_output=True, text=True, check=False).stdout
            for entry in json.loads(shown)["nftables"]:
                for part in entry.get("rule", {}).get("expr", []):
                    self.lost = part["counter"]["packets"] if "counter" in part else self.lost
        return self.lost

    def start(self, member, words, output, errors):
        environment = {**os.environ, "DOTNET_EnableDiagnostics": "0", "TMPDIR": self.folder}
        return subprocess.Popen(["ip", "netns", "exec", self.space(member), *words], stdout=output, stderr=errors,
                                stdin=subprocess.DEVNULL, env=environment, start_new_session=True)

    def start_client(self, words, output, errors):
        process = self.start(CLIENT, [self.program("fpgaedge"), *words, "--cluster", self.cluster,
                                      "--interface", address(CLIENT), "--key-file", self.keys.file(CLIENT)], output, errors)
        self.others.append(process)
        return process

    def start_board(self, board):
        """Also after a kill: with the folder, and so the packages, of the life before."""
        with open(self.log(board), "ab") as log:
            self.processes[board] = self.start(board, [
                self.program("fpgaedged"), "--cluster", self.cluster, "--name", f"board-{board}",
                "--listen", f"{address(board)}:0", "--interface", address(board), "--json", "--strategy", "pipeline",
                "--key-file", self.keys.file(board),
                "--directory", os.path.join(self.folder, f"board-{board}"), "--exit-with-parent", str(os.getpid())],
                log, log)

    def kill_board(self, board):
        process = self.processes.pop(board)
        if process.poll() is not None:
            self.complain(board, process)
        process.kill()
        process.wait()

    def living(self):
        for board, process in sorted(self.processes.items()):
            if process.poll() is None:
                yield f"board {board}", process.pid

    def stop_boards(self):
        """As systemd would; each must end by itself, in good order."""
        for board, process in self.processes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self.complaints.append(f"board {board}: did not stop within {STOP_SECONDS} s")
                    continue
            if process.returncode != 0:
                self.complain(board, process)
        self.dropped()

    def complain(self, board, process):
        last = self.lines(board)[-1:] or ["no output"]
        self.complaints.append(f"board {board} ended by itself with code {process.returncode}: {last[0]}")

    def log(self, board):
        return os.path.join(self.folder, f"board-{board}.log")

    def lines(self, board):
        with open(self.log(board), encoding="utf-8", errors="replace") as log:
            return log.read().splitlines()

    def key_changes_of(self, board):
        """How often the board has taken over other keys, by its log."""
        return sum('"cluster keys changed"' in line for line in self.lines(board))

    def packages_of(self, board):
        """How many different packages the board has fetched, by its log."""
        packages = set()
        for line in self.lines(board):
            if '"package fetched"' in line:
                packages.add(json.loads(line)["package"])
        return len(packages)
