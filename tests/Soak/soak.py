#!/usr/bin/env python3
"""Real board processes in network namespaces of their own, under packet loss, killed and restarted at random, while two
networks stream, all of it encrypted, with the cluster's key changed on the way: is every frame answered once and
bit-identical, and does the memory of every process stay flat?

Needs root, iproute2 and nftables; build src/FpgaEdge.Cli -c Release first. Everything it makes (namespaces, processes, a
temporary folder) is its own and is removed on every way out. Exit codes: 0 held, 2 usage or missing tools, 6 a frame
lost, doubled or wrong or a process that ended by itself, 7 too late or memory not flat.
"""
import argparse
import json
import os
import random
import signal
import sys
import time

from keys import STEPS
from memory import Memory
from shelf import Shelf, ShelfError
from streams import Stream, networks

OK, USAGE, WRONG, MISSED = 0, 2, 6, 7
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SAMPLE_SECONDS = 1.0
DISTRIBUTION_LIMIT = 120.0
"""The first boards of a loaded machine need a while to take and compile two networks."""
DRAIN_LIMIT = 180.0
"""From the end of the killing to the last answer, verification included."""


def schedule(seed, seconds, boards, spared):
    """Kills and restarts, (time, action, board) in order of time: a function of the seed alone. Board 1 is spared, so
    that one board's memory is seen over the whole run, and at most half of the boards are down at a time."""
    chance = random.Random(seed)
    events, down = [], {}
    now = chance.uniform(1, 4)
    while now < seconds:
        down = {board: back for board, back in down.items() if back > now}
        living = [board for board in range(1, boards + 1) if board not in down and board != spared]
        if len(down) < boards // 2:
            board = chance.choice(living)
            back = now + chance.uniform(0.2, 8)
            down[board] = back
            events += [(now, "kill", board), (back, "start", board)]
        now += chance.uniform(1, 12)
    return sorted(events)


class Soak:
    def __init__(self, options, say):
        self.options = options
        self.say = say
        self.memory = Memory()
        self.kills = 0
        self.wrong = []
        self.missed = []

    def run(self):
        options = self.options
        with Shelf(options.binaries, options.boards, options.loss) as shelf:
            for board in range(1, options.boards + 1):
                shelf.start_board(board)
            streams = [Stream(shelf, network, options.seconds) for network in networks()]
            self.say("networks: " + ", ".join(stream.name for stream in streams))
            self.distribute(shelf, streams)
            self.disturb(shelf, streams)
            self.drain(shelf, streams)
            self.wrong += [complaint for stream in streams for complaint in stream.complaints()]
            self.missed += self.memory.complaints(options.seconds)
            if shelf.key_changes_of(1) != STEPS:
                self.wrong.append(f"board 1 changed its keys {shelf.key_changes_of(1)} times, not {STEPS}")
            shelf.stop_boards()
            self.wrong += shelf.complaints
            return self.summary(shelf, streams)

    def distribute(self, shelf, streams):
        """Until every board holds both networks: what is tested is streams that run, not how they come to start."""
        limit = time.monotonic() + DISTRIBUTION_LIMIT
        while not all(shelf.packages_of(board) >= len(streams) for board in range(1, self.options.boards + 1)):
            self.sample(shelf, streams)
            if time.monotonic() > limit:
                raise ShelfError(f"not every board held both networks within {DISTRIBUTION_LIMIT:.0f} s")
            if any(stream.ended for stream in streams):
                return
            time.sleep(SAMPLE_SECONDS)

    def disturb(self, shelf, streams):
        start = time.monotonic()
        seconds = self.options.seconds
        events = schedule(self.options.seed, seconds, self.options.boards, spared=1)
        events = sorted(events + [(seconds * (step + 1) / (STEPS + 1), "key", step + 1) for step in range(STEPS)])
        next_sample = start
        while time.monotonic() - start < self.options.seconds and not any(stream.ended for stream in streams):
            elapsed = time.monotonic() - start
            while events and events[0][0] <= elapsed:
                self.act(shelf, *events.pop(0))
            if time.monotonic() >= next_sample:
                self.sample(shelf, streams)
                next_sample += SAMPLE_SECONDS
            time.sleep(0.05)
        for event in events:
            if event[1] in ("start", "key"):
                self.act(shelf, *event)

    def act(self, shelf, when, action, board):
        self.say(f"{when:7.1f} s  {action} {'step' if action == 'key' else 'board'} {board}")
        if action == "key":
            shelf.keys.step()
        elif action == "kill":
            self.kills += 1
            shelf.kill_board(board)
        else:
            shelf.start_board(board)

    def drain(self, shelf, streams):
        limit = time.monotonic() + DRAIN_LIMIT
        while not all(stream.ended for stream in streams):
            self.sample(shelf, streams, clients=False)
            if time.monotonic() > limit:
                late = ", ".join(stream.name for stream in streams if not stream.ended)
                self.missed.append(f"{late}: not finished {DRAIN_LIMIT:.0f} s after the last kill")
                return
            time.sleep(SAMPLE_SECONDS)

    def sample(self, shelf, streams, clients=True):
        """Clients are left out at the end: they verify then, on all processors, and that takes memory."""
        for name, pid in shelf.living():
            self.memory.sample(name, pid)
        for stream in streams if clients else []:
            if not stream.ended:
                self.memory.sample(f"client {stream.name}", stream.pid)

    def summary(self, shelf, streams):
        return {
            "schema": 1, "held": not (self.wrong or self.missed), "seed": self.options.seed,
            "seconds": self.options.seconds, "boards": self.options.boards, "lossPercent": self.options.loss,
            "datagramsDropped": shelf.dropped(), "kills": self.kills, "keyChanges": shelf.keys.done,
            "networks": [stream.figures() for stream in streams],
            "processes": self.memory.figures(),
            "wrong": self.wrong, "missed": self.missed, "repeat": command(self.options),
        }


def command(options):
    return (f"tests/Soak/soak.py --seconds {options.seconds} --boards {options.boards} --loss {options.loss} "
            f"--seed {options.seed}")


def closing_line(result):
    if not result["held"]:
        return "soak FAILED: " + "; ".join(result["wrong"] + result["missed"])
    frames = " + ".join(str(network["answered"]) for network in result["networks"])
    judged = [process["growthBytes"] for process in result["processes"] if process["judged"]]
    memory = f"memory flat (at most {max(judged) / 2**20:+.1f} MiB in {len(judged)} processes)" if judged \
        else "too short to judge memory"
    return (f"soak held: {result['boards']} boards, {result['lossPercent']} % loss, {result['kills']} kills, key changed in "
            f"{result['keyChanges']} steps, in {result['seconds']} s: {frames} frames, each answered once and bit-identical; {memory}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.path.join(os.path.dirname(__file__), "../../src/FpgaEdge.Cli/bin/Release/net10.0")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--boards", type=int, default=6)
    parser.add_argument("--loss", type=int, default=5, help="per cent of all datagrams between boards")
    parser.add_argument("--seed", type=int, default=None, help="of kills and restarts; default: drawn and printed")
    parser.add_argument("--binaries", default=os.path.normpath(default), help="folder of fpgaedge and fpgaedged")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, everything else on stderr")
    options = parser.parse_args()
    if not (2 <= options.boards <= 32 and 0 <= options.loss <= 50 and options.seconds >= 1):
        parser.error("expected 2 to 32 boards, 0 to 50 per cent and at least 1 second")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1 << 31)
    return options


def leave(number, _):
    """Ends the run through every with statement; a second signal must not interrupt the cleaning up."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    options = read_options()
    stream = sys.stderr if options.json else sys.stdout

    def say(text):
        print(text, file=stream, flush=True)

    for number in SIGNALS:
        signal.signal(number, leave)
    say(f"repeat with: {command(options)}")
    try:
        result = Soak(options, say).run()
    except ShelfError as error:
        print(f"soak: {error}", file=sys.stderr)
        return error.code
    say(closing_line(result))
    if options.json:
        json.dump(result, sys.stdout)
        print()
    else:
        say(json.dumps(result))
    return WRONG if result["wrong"] else MISSED if result["missed"] else OK


if __name__ == "__main__":
    sys.exit(main())
