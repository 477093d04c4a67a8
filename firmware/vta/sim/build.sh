#!/usr/bin/env bash
# build.sh CONFIG.json [KEY=VALUE ...]: builds the co-simulation library of one configuration with Verilator, unless the one
# of these sources is there already, and prints its path.
#
#   firmware/vta/sim/build.sh firmware/vta/config/1x16_i8w8a32_15_15_18_17.json PORTS=2
#
# KEY=VALUE: LEGACY_ISA=1, PORTS=1|2, DOUBLE_PUMP=0|1, any key of vta_config.json, FAULTS=1 (a build with planted faults),
# OUT=DIR (default out/rtl). Needs verilator (5.006), g++ and make; exit code 3 and one line if they are missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] && [ -f "$1" ] || { echo "build.sh: expected a vta_config.json, found '${1:-nothing}'; see the head of this script" >&2; exit 2; }
for tool in verilator g++ make; do
  command -v $tool >/dev/null || { echo "build.sh: $tool is not installed; try: apt-get install --no-install-recommends verilator g++ make" >&2; exit 3; }
done
config=$1; shift
out=$here/../../../out/rtl; faults=0; declare -A value
for key in LOG_INP_WIDTH LOG_WGT_WIDTH LOG_ACC_WIDTH LOG_BATCH LOG_BLOCK LOG_UOP_BUFF_SIZE LOG_INP_BUFF_SIZE LOG_WGT_BUFF_SIZE LOG_ACC_BUFF_SIZE; do
  value[$key]=$(sed -n "s/.*\"$key\" *: *\([0-9][0-9]*\).*/\1/p" "$config" | head -n 1)
  [ -n "${value[$key]}" ] || { echo "build.sh: $config: expected the key $key with a number" >&2; exit 2; }
done
value[LEGACY_ISA]=0; value[PORTS]=1; value[DOUBLE_PUMP]=0
for setting in "$@"; do
  case $setting in
    OUT=*) out=${setting#OUT=} ;;
    FAULTS=*) faults=${setting#FAULTS=} ;;
    [A-Z_]*=[0-9]*) [ -n "${value[${setting%%=*}]+x}" ] || { echo "build.sh: unknown parameter ${setting%%=*}" >&2; exit 2; }
      value[${setting%%=*}]=${setting#*=} ;;
    *) echo "build.sh: expected KEY=VALUE, found '$setting'" >&2; exit 2 ;;
  esac
done
parameters=(); name=
for key in $(printf '%s\n' "${!value[@]}" | sort); do parameters+=("-G$key=${value[$key]}"); name+="$key=${value[$key]} "; done
sources=("$here"/vta_sim.sv "$here"/axi_checks.sv "$here"/../rtl/vta_*.sv)
tag=$( (cat "${sources[@]}" "$here"/../rtl/*.svh "$here"/vta_sim.cpp "$here"/build.sh; verilator --version; echo "$name$faults") | sha256sum | cut -c 1-16)
library=$out/vta-$((1 << value[LOG_BATCH]))x$((1 << value[LOG_BLOCK]))-p${value[PORTS]}-$tag.so
mkdir -p "$out"
exec 9>"$library.lock"; flock 9
if [ ! -f "$library" ]; then
  work=$(mktemp -d "$out/build.XXXXXX"); trap 'rm -rf "$work"' EXIT
  flags="-O2 -fPIC -fvisibility=hidden -fno-gnu-unique -march=native"
  [ "${value[DOUBLE_PUMP]}" = 1 ] && flags+=" -DVTA_DOUBLE_PUMP"
  options=(); [ "$faults" != 0 ] && options+=(+define+VTA_FAULTS)
  verilator --cc --exe -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-lint --top-module vta_sim -Mdir "$work" \
    -I"$here/../rtl" "${parameters[@]}" "${options[@]}" -CFLAGS "$flags" -LDFLAGS "-shared -Wl,-Bsymbolic" -o library.so \
    "${sources[@]}" "$here/vta_sim.cpp" >"$work.log" 2>&1 &&
  make -C "$work" -f Vvta_sim.mk -j "$(nproc)" OPT_FAST="-O2" OPT_SLOW="-O0" OPT_GLOBAL="-O2" >>"$work.log" 2>&1 ||
    { echo "build.sh: Verilator or the compiler failed; the end of $work.log:" >&2; tail -n 20 "$work.log" >&2; exit 1; }
  mv "$work/library.so" "$library"; rm -f "$work.log"
fi
rm -f "$library.lock"
echo "$library"
