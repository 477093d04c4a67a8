#!/usr/bin/env bash
# A ZC702 card from power-on to the service, and through its slots, on QEMU's xilinx-zynq-a9 (about two minutes after prepare.sh):
#   U-Boot SPL -> U-Boot -> boot.scr -> kernel from the slot -> init -> service; slot A, trial of B, A again, B proven.
# Not shown by this: the chip's ROM (the boot header is checked instead), memory training, programmable logic. The service is a
# stand-in: no native ARM build of fpgaedged can be had here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
files=$root/out/zc702
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
[ -s "$files/zImage" ] || { echo "run.sh: run $here/prepare.sh first" >&2; exit 3; }
fpgaedge=${FPGAEDGE:-dotnet run -c Release --project $root/src/FpgaEdge.Cli --}
$fpgaedge image build --board zc702 --files "$files" --both-slots --name zc702-1 --out "$work/card.img"
mode=$(arm-linux-gnueabihf-nm "$files/u-boot-spl" | sed -n 's/^\([0-9a-f]*\) . zynq_slcr_get_boot_mode$/\1/p')

boot() { # TEXT: powers the board on and waits until TEXT stands on its console
  : > "$work/console"
  qemu-system-arm -M xilinx-zynq-a9 -m 1G -nodefaults -display none -serial null -serial "file:$work/console" \
    -drive if=sd,format=raw,file="$work/card.img" -nic none -gdb tcp:127.0.0.1:12399 -S \
    -device loader,file="$files/u-boot-spl.bin",addr=0x0,cpu-num=0,force-raw=on &
  machine=$!
  python3 "$here/strap.py" 12399 "$mode"
  for _ in $(seq 400); do
    if grep -aq "stand-in for fpgaedged: started" "$work/console"; then break; fi
    sleep 0.2
  done
  kill "$machine" 2>/dev/null || true
  wait "$machine" 2>/dev/null || true
  if ! grep -aq "$1" "$work/console" || ! grep -aq "stand-in for fpgaedged: started" "$work/console"; then
    echo "FAILED: '$1' was not heard; the console said:" >&2
    tr -d '\r' < "$work/console" | tail -40 >&2
    exit 6
  fi
  echo "ok: $1 ($(grep -ac . "$work/console") lines)"
}
record() { # ACTIVE TRIAL TRIES: writes the slot record in place, as an update or a confirmation does
  python3 - "$work/card.img" "$@" <<'PYTHON'
import re, sys
with open(sys.argv[1], "r+b") as card:
    start = re.search(rb"# GRUB Environment Block\n|active=[AB]\ntrial=", card.read(64 << 20)).start()
    text = "# GRUB Environment Block\n# which root slot boots: active, and once (tries=1) trial\nactive=%s\ntrial=%s\ntries=%s\n" % tuple(sys.argv[2:])
    card.seek(start)
    card.write(text.encode().ljust(1024, b"#"))
PYTHON
}
boot "fpgaedge: slot A, trial 0"
record A B 1
boot "fpgaedge: slot B, trial 1"
boot "fpgaedge: slot A, trial 0"
record B - 0
boot "fpgaedge: slot B, trial 0"
grep -a -E "U-Boot SPL|Trying to boot|^U-Boot 20|fpgaedge|stand-in" "$work/console" | tr -d '\r'
