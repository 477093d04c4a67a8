#!/usr/bin/env python3
"""A board whose interface the kernel takes away and gives back: how soon is it heard again, and does it hear again?

Boards as real processes in network namespaces. What is heard is what a listener of its own in another namespace receives from
the board in the group. Needs what soak.py needs. Exit codes: 0 held, 2 usage or missing tools, 6 the board no longer hears
the group or the others no longer list it, 7 later than allowed.
"""
import argparse
import json
import subprocess
import sys
import time

from shelf import CLIENT, Shelf, ShelfError, address, ip

GROUP, PORT = "239.255.70.69", 47869
LISTENER = f"""
import socket, struct, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("{GROUP}", {PORT}))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton("{GROUP}"),
             socket.inet_aton("{address(CLIENT)}")))
while True:
    print(s.recvfrom(2048)[1][0], time.monotonic(), flush=True)
"""
BOARD = 1
WAIT_SECONDS = 15


class Interface:
    """The interface of one board: down, up, without its address, with it again."""

    def __init__(self, shelf):
        self.shelf = shelf
        self.space = shelf.space(BOARD)

    def link(self, state):
        ip("-n", self.space, "link", "set", "eth0", state)

    def lose_address(self):
        ip("-n", self.space, "address", "del", f"{address(BOARD)}/24", "dev", "eth0")

    def get_address(self):
        ip("-n", self.space, "address", "add", f"{address(BOARD)}/24", "dev", "eth0")

    def remove(self):
        ip("-n", self.space, "link", "del", "eth0")

    def make_anew(self):
        self.shelf.connect(BOARD)

    def hears_group(self):
        """The kernel's own list of groups of the interface; it writes addresses as they lie in memory."""
        shown = subprocess.run(["ip", "netns", "exec", self.space, "cat", "/proc/net/igmp"], capture_output=True, text=True,
                               check=True).stdout
        wanted = "".join(f"{int(part):02X}" for part in reversed(GROUP.split(".")))
        device = ""
        for line in shown.splitlines()[1:]:
            device = line.split()[1].rstrip(":") if not line.startswith("\t") else device
            if device == "eth0" and line.split()[0] == wanted:
                return True
        return False


def scenarios(interface, pause):
    """What is done to the interface: a name, and a function that ends when everything is back."""
    def short():
        interface.link("down")
        time.sleep(0.3)
        interface.link("up")

    def long():
        interface.link("down")
        time.sleep(pause)
        interface.link("up")

    def no_address():
        interface.lose_address()
        time.sleep(pause)
        interface.get_address()

    def neither():
        interface.link("down")
        interface.lose_address()
        time.sleep(pause)
        interface.get_address()
        interface.link("up")

    def replaced():
        interface.remove()
        time.sleep(pause)
        interface.make_anew()

    def flapping():
        for _ in range(10):
            interface.link("down")
            time.sleep(0.05)
            interface.link("up")
            time.sleep(0.05)

    return [("down for 0.3 s", short), ("down until it is missed", long), ("without its address", no_address),
            ("down and without its address", neither), ("flapping", flapping), ("removed and made anew", replaced)]


def first_heard(listener, since, limit):
    """Seconds from a moment to the first datagram of the board after it; None when none came."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        line = listener.readline().split()
        if line and line[0] == address(BOARD) and float(line[1]) >= since:
            return float(line[1]) - since
    return None


def wait_until(condition):
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def joined(shelf, board):
    return sum('"board joined"' in line or '"board restarted"' in line for line in shelf.lines(board))


def run(options):
    results, wrong = [], []
    with Shelf(options.binaries, 3, 0) as shelf:
        for board in (1, 2, 3):
            shelf.start_board(board)
        if not wait_until(lambda: all(joined(shelf, board) >= 2 for board in (1, 2, 3))):
            raise ShelfError("three boards did not find each other")
        with subprocess.Popen(["ip", "netns", "exec", shelf.space(CLIENT), sys.executable, "-c", LISTENER],
                              stdout=subprocess.PIPE, text=True) as process:
            shelf.others.append(process)
            interface = Interface(shelf)
            first_heard(process.stdout, 0, WAIT_SECONDS)
            for name, act in scenarios(interface, options.pause):
                before = joined(shelf, 2)
                act()
                back = time.monotonic()
                heard = first_heard(process.stdout, back, WAIT_SECONDS)
                hears = wait_until(interface.hears_group)
                results.append({"name": name, "heardAfterSeconds": heard, "hearsGroup": hears})
                wrong += [] if hears else [f"{name}: the board does not hear the group any more"]
                wrong += [] if heard is not None else [f"{name}: the board is not heard any more"]
                if name != "down for 0.3 s" and name != "flapping" and not wait_until(lambda: joined(shelf, 2) > before):
                    wrong.append(f"{name}: board 2 does not list the board again")
            process.kill()
        shelf.stop_boards()
        wrong += shelf.complaints
    late = [entry["name"] for entry in results if (entry["heardAfterSeconds"] or 0) > options.limit]
    return {"schema": 1, "held": not (wrong or late), "limitSeconds": options.limit, "returns": results, "wrong": wrong,
            "late": late}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True, help="folder with fpgaedge and fpgaedged")
    parser.add_argument("--limit", type=float, default=1.0, help="seconds until the board is heard again")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds that the interface is away")
    try:
        result = run(parser.parse_args())
    except ShelfError as error:
        print(f"interfaces: {error}", file=sys.stderr)
        return error.code
    print(json.dumps(result))
    return 6 if result["wrong"] else 7 if result["late"] else 0


if __name__ == "__main__":
    sys.exit(main())
