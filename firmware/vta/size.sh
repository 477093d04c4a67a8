#!/usr/bin/env bash
# size.sh [--quick] [NAME...]: synthesises configurations of the accelerator with yosys and compares what they need with their
# chip and with the limits this project holds itself to; fails when one does not fit. Netlist counts, without place and route.
#
#   firmware/vta/size.sh                 all configurations, about 2 minutes each
#   firmware/vta/size.sh 1x16-legacy     one of them
#   firmware/vta/size.sh --list          what there is
#
# yosys has no device budget of its own: it reports 256 DSPs for a chip of 220 without a word. Reports go to out/size.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); out=$here/../../out/size
# name | parameters | chip | most LUT | DSP | BRAM36 (0: the chip's)
table='
1x16|config/1x16_i8w8a32_15_15_18_17.json|xc7z020|18000|128|130
1x16-legacy|config/1x16_i8w8a32_15_15_18_17.json LEGACY_ISA=1|xc7z020|18000|128|130
2x16-two-ports|config/2x16_i8w8a32_15_15_18_17.json PORTS=2 DOUBLE_PUMP=1|xc7z020|30000|128|0
2x16-two-ports-zu3eg|config/2x16_i8w8a32_15_15_18_17.json PORTS=2 DOUBLE_PUMP=1|zu3eg|0|0|0
2x16-two-ports-zu7ev|config/2x16_i8w8a32_15_15_18_17.json PORTS=2 DOUBLE_PUMP=1|zu7ev|0|0|0
1x8-small|config/1x8_i8w8a32_13_13_15_15.json|xc7z010|0|0|0
'
# chip | LUT | FF | DSP | BRAM36 (data sheets DS190 table 1, DS891 tables 1 and 3)
chips='
xc7z010|17600|35200|80|60
xc7z020|53200|106400|220|140
zu3eg|70560|141120|360|216
zu7ev|230400|460800|1728|312
'
if [ "${1:-}" = --list ]; then echo "$table" | cut -d'|' -f1 | grep .; exit 0; fi
command -v yosys >/dev/null || { echo "size.sh: yosys is not installed; try: apt-get install --no-install-recommends yosys" >&2; exit 3; }
mkdir -p "$out"
status=0; found=0
printf '%-22s %-8s %7s %7s %5s %7s  %s\n' configuration chip LUT FF DSP BRAM36 result
while IFS='|' read -r name parameters chip max_lut max_dsp max_bram; do
  [ -n "$name" ] || continue
  if [ $# -gt 0 ]; then case " $* " in *" $name "*) ;; *) continue ;; esac; fi
  found=1
  set_parameters=
  config=$here/${parameters%% *}
  for key in LOG_INP_WIDTH LOG_WGT_WIDTH LOG_ACC_WIDTH LOG_BATCH LOG_BLOCK LOG_UOP_BUFF_SIZE LOG_INP_BUFF_SIZE LOG_WGT_BUFF_SIZE LOG_ACC_BUFF_SIZE; do
    set_parameters+=" -set $key $(sed -n "s/.*\"$key\" *: *\([0-9][0-9]*\).*/\1/p" "$config" | head -n 1)"
  done
  for setting in ${parameters#* }; do case $setting in *=*) set_parameters+=" -set ${setting%%=*} ${setting#*=}" ;; esac; done
  # The parts of both families share LUT6, CARRY chains of the same use and block memories of 36 Kbit; UltraScale+ is counted
  # with the cells of series 7, which is close for LUTs and exact for memories. DSP48E1 and E2 multiply alike here.
  netlist=$(echo "$set_parameters" | sha256sum | cut -c 1-12)
  if [ ! -f "$out/$netlist.stat" ] || [ -n "$(find "$here/rtl" -newer "$out/$netlist.stat" -name '*.sv*' | head -n 1)" ]; then
    cat >"$out/$netlist.ys" <<Y
read_verilog -sv -I$here/rtl $here/rtl/vta_*.sv
chparam $set_parameters -set DSP_PRIMITIVES 1 vta_top
synth_xilinx -family xc7 -top vta_top -flatten -noiopad -nowidelut
setattr -mod -unset keep_hierarchy *
flatten
clean
tee -q -o $out/$netlist.new stat -tech xilinx
Y
    yosys -q -l "$out/$netlist.log" "$out/$netlist.ys" >/dev/null 2>&1 ||
      { echo "size.sh: yosys failed on $name; see $out/$netlist.log" >&2; tail -n 3 "$out/$netlist.log" >&2; exit 1; }
    mv "$out/$netlist.new" "$out/$netlist.stat"
  fi
  # Distributed memories and shift registers occupy LUTs too: RAM32M four, SRL16E and SRLC32E one each.
  counts=$(awk '$1 ~ /^LUT[1-6]$/ {lut += $2} $1 == "RAM32M" || $1 == "RAM64M" {lut += 4 * $2} $1 ~ /^(SRL16E|SRLC32E|RAM32X1D|RAM64X1D)$/ {lut += $2 * ($1 ~ /^RAM/ ? 2 : 1)}
    $1 ~ /^FD[RSCP]E$/ {ff += $2} $1 == "DSP48E1" {dsp += $2} $1 == "RAMB36E1" {bram += 2 * $2} $1 == "RAMB18E1" {bram += $2}
    END {print lut + 0, ff + 0, dsp + 0, (bram + 0) / 2}' "$out/$netlist.stat")
  read -r lut ff dsp bram <<<"$counts"
  IFS='|' read -r _ c_lut c_ff c_dsp c_bram <<<"$(echo "$chips" | grep "^$chip|")"
  [ "$max_lut" != 0 ] && [ "$max_lut" -lt "$c_lut" ] || max_lut=$c_lut
  [ "$max_dsp" != 0 ] && [ "$max_dsp" -lt "$c_dsp" ] || max_dsp=$c_dsp
  [ "$max_bram" != 0 ] && [ "$max_bram" -lt "$c_bram" ] || max_bram=$c_bram
  result=$(awk -v l="$lut" -v f="$ff" -v d="$dsp" -v b="$bram" -v ml="$max_lut" -v mf="$c_ff" -v md="$max_dsp" -v mb="$max_bram" 'BEGIN {
    r = ""; if (l > ml) r = r " LUT " l " of " ml; if (f > mf) r = r " FF " f " of " mf; if (d > md) r = r " DSP " d " of " md
    if (b > mb) r = r " BRAM36 " b " of " mb; print r == "" ? "fits" : "DOES NOT FIT:" r }')
  [ "$result" = fits ] || status=6
  printf '%-22s %-8s %7s %7s %5s %7s  %s\n' "$name" "$chip" "$lut" "$ff" "$dsp" "$bram" "$result"
done <<<"$table"
[ $found = 1 ] || { echo "size.sh: no configuration of that name; see firmware/vta/size.sh --list" >&2; exit 2; }
exit $status
