#!/usr/bin/env python3
"""Cuts a selection out of full vector suites: select.py FULL_FOLDER OUTPUT_FOLDER

Per suite: the smallest cases of every group, up to a share of the size budget per group, with the blob rebuilt from
what they refer to (equal bytes once). Suites whose blob is small are taken whole. Every case stays what it was.
"""
import hashlib
import json
import pathlib
import sys

WHOLE = 80_000      # blobs up to this many bytes are taken whole
BUDGET = 150_000    # blob bytes per suite otherwise
CASES = 60          # cases per suite otherwise


def ranges(case):
    """The lists [offset, length] of a case, each with a function that moves it."""
    yield case["insn"][0], case["insn"][1], lambda o: case["insn"].__setitem__(0, o)
    for segment in case["segments"]:
        if "off" in segment:
            yield segment["off"], segment["len"], lambda o, s=segment: s.__setitem__("off", o)
    for patch in case.get("patches", []):
        yield patch[1], patch[2], lambda o, p=patch: p.__setitem__(1, o)


def size(case):
    return sum(length for _, length, _ in ranges(case))


def choose(cases):
    """Smallest first, round-robin over the groups, so that no group fills the budget."""
    groups = {}
    for case in sorted(cases, key=size):
        groups.setdefault(case["group"], []).append(case)
    chosen, total = [], 0
    while any(groups.values()) and len(chosen) < CASES:
        for group in list(groups):
            if groups[group] and len(chosen) < CASES:
                case = groups[group].pop(0)
                if total + size(case) > BUDGET:
                    groups[group] = []
                    continue
                chosen.append(case)
                total += size(case)
    names = {case["name"] for case in chosen}
    return [case for case in cases if case["name"] in names]


def cut(index, output):
    suite = json.loads(index.read_text())
    if suite["format"] != "vta-vectors-1":
        return
    blob = (index.parent / suite["bin"]).read_bytes()
    if len(blob) > WHOLE:
        suite["cases"] = choose(suite["cases"])
    packed, known = bytearray(), {}
    for case in suite["cases"]:
        for offset, length, move in ranges(case):
            piece = blob[offset:offset + length]
            if piece not in known:
                known[piece] = len(packed)
                packed += piece
            move(known[piece])
    suite["bin_sha256"] = hashlib.sha256(packed).hexdigest()
    (output / suite["bin"]).write_bytes(packed)
    (output / index.name).write_text(json.dumps(suite, separators=(",", ":")) + "\n")
    print(f"{index.name}: {len(suite['cases'])} cases, {len(packed)} bytes")


def main():
    full, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for index in sorted(full.glob("*.json")):
        cut(index, output)


main()
