#!/usr/bin/env bash
# build.sh LAYER.sv DIR: builds the checker of a directly mapped layer with Verilator into DIR and prints its path.
# size.sh beside it counts the same file with yosys.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for tool in verilator g++ make; do
  command -v $tool >/dev/null || { echo "build.sh: $tool is not installed; try: apt-get install --no-install-recommends verilator g++ make" >&2; exit 3; }
done
layer=$(realpath "$1"); mkdir -p "$2"; directory=$(realpath "$2")
verilator --cc --exe -O3 --x-assign fast --x-initial fast -Wno-fatal -Wno-lint --top-module dhm -Mdir "$directory/obj" -o check \
  -CFLAGS "-O2" "$layer" "$here/check.cpp" >"$directory/build.log" 2>&1 &&
make -C "$directory/obj" -f Vdhm.mk -j "$(nproc)" OPT_FAST="-O2" OPT_SLOW="-O0" OPT_GLOBAL="-O2" >>"$directory/build.log" 2>&1 ||
  { tail -n 10 "$directory/build.log" >&2; exit 1; }
echo "$directory/obj/check"
