#!/usr/bin/env bash
# Builds the optional C kernels into out/, from where a build of the program takes them. x64 only; other processors use
# the managed kernels. CC chooses the compiler.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p out
"${CC:-gcc}" -O3 -Wall -Wextra -Werror -Wno-unknown-pragmas -shared -fPIC -fno-math-errno \
  -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -o out/libfpgaedge_kernels.so fpgaedge_kernels.c
