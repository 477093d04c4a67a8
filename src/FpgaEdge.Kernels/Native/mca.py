#!/usr/bin/env python3
"""Instructions and modelled cycles per multiply-accumulate of the NEON kernels' inner loops.

    src/FpgaEdge.Kernels/Native/mca.py

Compiles kernels_neon.c as build.sh does (gcc) and with clang, and mca_peers.c with clang; takes from each the innermost
loop with the most products, and asks llvm-mca for the cycles of a thousand rounds. Needs clang, llvm (llvm-mca) and
Debian's cross compilers gcc-aarch64-linux-gnu and gcc-arm-linux-gnueabihf with their libc headers.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ARM = ["-marm", "-march=armv7-a", "-mfpu=neon", "-mfloat-abi=hard", "-mtune=cortex-a9"]
MACHINES = {
    "Cortex-A53 (arm64)": ("aarch64-linux-gnu", "cortex-a53", ["-mtune=cortex-a53"]),
    "Cortex-A9 (arm)": ("arm-linux-gnueabihf", "cortex-a9", ARM),
}
ROUNDS = 1000

# Products of one instruction: by the lanes of what it writes.
PRODUCTS = [
    (r"\b(smull2?|smlal2?|umull2?|umlal2?)\s+v\d+\.8h", 8),
    (r"\b(smull2?|smlal2?|umull2?|umlal2?)\s+v\d+\.4s", 4),
    (r"\b(mul|mla)\s+v\d+\.8h", 8),
    (r"\b(mul|mla)\s+v\d+\.4s", 4),
    (r"\bvml?[ua]l?l\.[su]8\b", 8),
    (r"\bvml?[ua]l?l\.[su]16\b", 4),
    (r"\bvm(ul|la)\.i16\s+q", 8),
    (r"\bvm(ul|la)\.i32\s+q", 4),
]


def assembly(compiler, source, flags):
    """The source as assembly text."""
    run = subprocess.run([*compiler, "-O3", "-S", "-ffp-contract=off", "-Wno-unknown-pragmas", *flags, "-o", "-", source],
                         capture_output=True, text=True, cwd=HERE)
    if run.returncode != 0:
        sys.exit(f"mca.py: {' '.join(compiler)} failed: {run.stderr.strip().splitlines()[-1]}")
    return run.stdout.splitlines()


def products(line):
    """Multiply-accumulates of one instruction."""
    return next((count for pattern, count in PRODUCTS if re.search(pattern, line)), 0)


def products_of(body):
    """Multiply-accumulates of a loop's body."""
    return sum(map(products, body))


def function(lines, name):
    """The body of one function."""
    start = next(i for i, line in enumerate(lines) if re.match(rf"{name}:", line))
    end = next(i for i in range(start, len(lines)) if re.match(rf"\s*\.size\s+{name}\b", lines[i]))
    return lines[start:end]


def inner_loop(lines):
    """The instructions of the loop without loops inside that has the most products, of equals the shortest: the kernels
    have a second form for weights of -128."""
    lines = [re.sub(r"\s+(@|//).*", "", line) for line in lines]
    labels = {m.group(1): i for i, line in enumerate(lines) if (m := re.match(r"(\.?L\w+):", line))}
    loops = []
    for i, line in enumerate(lines):
        target = re.search(r"\bb\S*\s+(?:\w+,\s*)?(\.?L\w+)\s*$", line) or re.search(r"\bcbn?z\s+\w+,\s*(\.?L\w+)", line)
        if target and labels.get(target.group(1), len(lines)) < i:
            loops.append((labels[target.group(1)], i))
    inner = [(a, b) for a, b in loops if not any(a <= c and d < b for c, d in loops if (c, d) != (a, b))]
    bodies = [[t for t in lines[a:b + 1] if re.match(r"\s+[a-z]", t)] for a, b in inner]
    return max(bodies, key=lambda body: (products_of(body), -len(body)))


def cycles(body, triple, cpu):
    """Modelled cycles of one product, rounds following each other."""
    text = "\n".join(re.sub(r"\.?L\w+\s*$", "next", line) for line in body) + "\nnext:\n"
    run = subprocess.run(["llvm-mca", f"-mtriple={triple}", f"-mcpu={cpu}", "-mattr=+neon", f"-iterations={ROUNDS}"],
                         input=text, capture_output=True, text=True)
    found = re.search(r"Total Cycles:\s+(\d+)", run.stdout)
    return f"{int(found.group(1)) / ROUNDS / products_of(body):.3f}" if found else "llvm-mca fails"


def main():
    """Prints the table; 7 where a kernel takes more than 1.15 times clang's instructions."""
    print("| processor | inner loop | compiler | products | instructions per product | cycles per product (modelled) |")
    print("|---|---|---|---|---|---|")
    worst = 0
    for machine, (triple, cpu, flags) in MACHINES.items():
        clang = ["clang", f"--target={triple}", f"-mcpu={cpu}"]
        gcc = [f"{triple}-gcc"]
        target_flags = [f for f in flags if f != f"-mtune={cpu}" and not f.startswith("-march")]
        ours = assembly(gcc, "kernels_neon.c", flags)
        also = assembly(clang, "kernels_neon.c", target_flags)
        peers = assembly(clang, "mca_peers.c", target_flags)
        rows = [
            ("convolution", "gcc, as built", function(ours, "fpgaedge_convolution"), "convolution"),
            ("convolution", "clang", function(also, "fpgaedge_convolution"), "peer"),
            ("dot product, intrinsics", "clang", function(peers, "neon_dot"), "peer"),
            ("dot product, plain C", "clang", function(peers, "plain_dot"), "peer"),
            ("depth-wise", "gcc, as built", function(ours, "fpgaedge_depthwise"), ""),
            ("depth-wise", "clang", function(also, "fpgaedge_depthwise"), ""),
            ("one tap, plain C", "clang", function(peers, "plain_tap"), ""),
        ]
        results = {"convolution": [], "peer": [], "": []}
        for name, compiler, lines, kind in rows:
            body = inner_loop(lines)
            count = products_of(body)
            per = len(body) / count
            results[kind].append(per)
            print(f"| {machine} | {name} | {compiler} | {count} | {per:.3f} | {cycles(body, triple, cpu)} |")
        worst = max(worst, results["convolution"][0] / min(results["peer"]))
    print(f"\nconvolution as built against the best of clang's: {worst:.2f} times the instructions (bar: 1.15)")
    return 0 if worst <= 1.15 else 7


if __name__ == "__main__":
    sys.exit(main())
