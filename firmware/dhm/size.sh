#!/usr/bin/env bash
# size.sh LAYER.sv: LUT, FF, DSP and BRAM36 of a directly mapped layer by yosys (netlist counts, series 7), on one line.
set -euo pipefail
command -v yosys >/dev/null || { echo "size.sh: yosys is not installed; try: apt-get install --no-install-recommends yosys" >&2; exit 3; }
stat=$(mktemp); trap 'rm -f "$stat"' EXIT
yosys -q -p "read_verilog -sv $1; synth_xilinx -family xc7 -nodsp -flatten -noiopad -top dhm; tee -q -o $stat stat -tech xilinx" >/dev/null
awk '$1 ~ /^LUT[1-6]$/ {lut += $2} $1 ~ /^SRL/ {lut += $2} $1 ~ /^FD[RSCP]E$/ {ff += $2} $1 == "DSP48E1" {dsp += $2}
  $1 == "RAMB36E1" {bram += 2 * $2} $1 == "RAMB18E1" {bram += $2} END {print lut + 0, ff + 0, dsp + 0, bram / 2}' "$stat"
