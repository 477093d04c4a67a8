#!/usr/bin/env python3
"""Published test vectors of the accelerator as one file that the guest reads: vectors.py SUITE.json BASE > FILE

Programs are moved so that DRAM address 0 of the suite is BASE, a multiple of every element: what an instruction addresses is
shifted in its own unit. Little-endian words: count, then for each case DRAM bytes, instruction address and count, number of
segments, number of patches; each segment and patch is address, length and the bytes, padded to a word. Instructions are the
last segment. Addresses are physical.
"""
import json
import os
import struct
import sys

ELEMENTS = ["uop", "wgt", "inp", "acc", "out", "acc8"]  # in the order of the memory type's numbers


def moved(stream, base, layout, element_bytes):
    result = b""
    for at in range(0, len(stream), 16):
        word = int.from_bytes(stream[at:at + 16], "little")
        if word & 7 in (0, 1):  # load and store have an address
            kind = word >> layout["memory_type"][0] & (1 << layout["memory_type"][1]) - 1
            offset, width = layout["dram_base"]
            address = (word >> offset & (1 << width) - 1) + base // element_bytes[ELEMENTS[kind]]
            word = word & ~((1 << width) - 1 << offset) | address << offset
        result += word.to_bytes(16, "little")
    return result


def block(address, data):
    return struct.pack("<II", address, len(data)) + data + bytes(-len(data) % 4)


def main(file, base):
    with open(file) as text:
        suite = json.load(text)
    with open(os.path.join(os.path.dirname(file), suite["bin"]), "rb") as blob:
        content = blob.read()
    out = sys.stdout.buffer
    out.write(struct.pack("<II", suite["dram_base"] + base, len(suite["cases"])))
    for case in suite["cases"]:
        start, length = case["insn"]
        stream = moved(content[start:start + length], base, suite["layout"]["mem"], suite["derived"]["elem_bytes"])
        blocks = [(one["addr"], content[one["off"]:one["off"] + one["len"]]) for one in case["segments"]]
        blocks.append((case["insn_addr"], stream))
        patches = [(address, content[offset:offset + length]) for address, offset, length in case["patches"]]
        out.write(struct.pack("<IIIII", case["dram_size"], case["insn_addr"] + base, case["insn_count"], len(blocks), len(patches)))
        for address, data in blocks + patches:
            out.write(block(address + base, data))


if len(sys.argv) != 3:
    sys.exit("usage: vectors.py SUITE.json BASE > FILE")
main(sys.argv[1], int(sys.argv[2], 0))
