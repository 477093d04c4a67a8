#!/usr/bin/env bash
# The paths between board program and hardware under the Zynq-7000's own kernel, device tree and drivers, on QEMU's xilinx-zynq-a9
# (about a minute): registers and DMA window at their real addresses through /dev/mem, with the accelerator's model behind them;
# power monitors on an I2C bus; the GPIO character device; the system-level control registers.
# Needs, once: tests/VirtualBoard/zc702/prepare.sh (kernel, busybox) and src/FpgaEdge.VirtualBoard/Machine/prepare.sh (model, plugin).
# FAULT=accelerator-silent, sensor-wrong … (as 'fpgaedge virtual up --fault') shows that each path can fail.
# Not shown by this: caches, bus errors, interrupts, timing; fpgaedged itself, for which paths.c stands in.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
board=$root/out/zc702
machine=$root/out/virtual-board
suite=${SUITE:-$root/../shared/vta/vectors/A_1x16_pynq.json}
[ -s "$board/zImage" ] || { echo "run.sh: run $root/tests/VirtualBoard/zc702/prepare.sh first" >&2; exit 3; }
[ -s "$machine/model.so" ] || { echo "run.sh: run $root/src/FpgaEdge.VirtualBoard/Machine/prepare.sh first" >&2; exit 3; }
[ -s "$suite" ] || { echo "run.sh: SUITE=FILE: expected a suite of published vectors, found no $suite" >&2; exit 3; }
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
export ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf-

# The adapter's module, for this kernel.
if [ ! -s "$board/work/linux/Module.symvers" ]; then
  make -s -C "$board/work/linux-source-6.1" O="$board/work/linux" modules_prepare modules
fi
mkdir "$work/module"
cp "$root/src/FpgaEdge.VirtualBoard/Machine/fpgaedge_i2c.c" "$work/module/"
echo "obj-m := fpgaedge_i2c.o" >"$work/module/Kbuild"
make -s -C "$board/work/linux-source-6.1" O="$board/work/linux" M="$work/module" modules

tree=$work/tree
mkdir -p "$tree"/{bin,dev,proc,sys}
cp "$board/root/bin/busybox" "$tree/bin/"
cp "$here/init" "$tree/init"
cp "$work/module/fpgaedge_i2c.ko" "$tree/"
arm-linux-gnueabihf-gcc -O2 -Wall -Wextra -Werror -static -o "$tree/bin/paths" "$here/paths.c"
python3 "$here/vectors.py" "$suite" 0x10000000 >"$tree/vectors"
chmod 755 "$tree/init" "$tree/bin/"*
(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >"$work/paths.cpio"

# 2 GiB, so that the registers' address is memory; the kernel has the first 256 MiB, the DMA window begins behind them.
ram=/dev/shm/fpgaedge-zynq-$$.ram
start=$(date +%s)
timeout 300 qemu-system-arm -accel tcg -M xilinx-zynq-a9,memory-backend=ram -m 2G -nodefaults -display none -no-reboot \
  -object "memory-backend-file,id=ram,size=2G,mem-path=$ram,share=on" -nic none -serial null -serial "file:$work/console" \
  -kernel "$board/zImage" -dtb "$board/zynq-zc702.dtb" -initrd "$work/paths.cpio" \
  -append "console=ttyPS0,115200 quiet panic=-1 mem=256M" \
  -plugin "$machine/plugin.so,ram=$ram,ramBytes=0x80000000,model=$machine/model.so,board=$machine/board.json,guest=arm${FAULT:+,fault=$FAULT}" || true
rm -f "$ram"
tr -d '\r' <"$work/console" | grep -a -E '^(guest|ok|FAILED|paths)' || true
if ! grep -aq "paths: all as they should be" "$work/console"; then
  echo "FAILED: the guest's console said:" >&2
  tr -d '\r' <"$work/console" | tail -30 >&2
  exit 6
fi
echo "proven in $(($(date +%s) - start)) s: register window, DMA window, I2C messages and GPIO lines as fpgaedged uses them, on 32-bit ARM Linux"
