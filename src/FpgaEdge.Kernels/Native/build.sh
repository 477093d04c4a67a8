#!/usr/bin/env bash
# Builds the optional C kernels into out/, from where a build of the program takes them. For the processor at hand, or for
# the one named: x64, arm64 or arm (with Debian's cross compilers). CC chooses another compiler.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:-$(uname -m)}
flags=(-O3 -Wall -Wextra -Werror -Wno-unknown-pragmas -shared -fPIC -fno-math-errno -ffp-contract=off)
case "$target" in
  x64 | x86_64) out=out compiler=gcc source=kernels_x64.c
    flags+=(-mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni) ;;
  arm64 | aarch64) out=out/arm64 compiler=aarch64-linux-gnu-gcc source=kernels_neon.c
    flags+=(-mtune=cortex-a53) ;;
  arm | armv7l) out=out/arm compiler=arm-linux-gnueabihf-gcc source=kernels_neon.c
    flags+=(-marm -march=armv7-a -mfpu=neon -mfloat-abi=hard -mtune=cortex-a9) ;;
  *) echo "build.sh: expected x64, arm64 or arm, found '$target'" >&2; exit 2 ;;
esac
mkdir -p "$out"
"${CC:-$compiler}" "${flags[@]}" -o "$out/libfpgaedge_kernels.so" "$source"
