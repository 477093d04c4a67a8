#!/usr/bin/env bash
# Builds what a ZC702 card needs from Debian's sources, in out/zc702 (about fifteen minutes; kept, so only once):
#   BOOT.BIN u-boot.img   U-Boot 2023.01's SPL, with the boot header that the chip's ROM wants, and U-Boot
#   zImage zynq-zc702.dtb Linux 6.1 with what QEMU's xilinx-zynq-a9 has
#   root/                 busybox for armhf, an init, and a stand-in for fpgaedged: there is no native build for ARM here
# Nothing is installed. Needs arm-linux-gnueabihf-gcc, make, flex, bison, bc, libssl-dev, python3, swig, dpkg-dev.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$root/out/zc702
jobs=${JOBS:-2}
for tool in arm-linux-gnueabihf-gcc make flex bison bc swig dpkg-source; do
  command -v "$tool" >/dev/null || {
    echo "prepare.sh: $tool is missing; apt-get install gcc-arm-linux-gnueabihf make flex bison bc libssl-dev swig python3-dev python3-setuptools dpkg-dev" >&2
    exit 3
  }
done
# The mirror that this machine uses.
find_mirror() {
  cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\).*/\2/p' | head -n 1 || true
}
mkdir -p "$out/work"
cd "$out/work"
export ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf-

if [ ! -s "$out/BOOT.BIN" ]; then
  # The archive's own index, asked for sources; the machine's package lists stay as they are.
  mkdir -p apt/lists/partial
  mirror=$(find_mirror)
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" > apt/sources.list
  options=(-o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$PWD/apt/lists")
  apt-get "${options[@]}" -qq update
  apt-get "${options[@]}" -qq source --download-only u-boot
  dpkg-source --no-check -x u-boot_*.dsc u-boot-source >/dev/null
  export DEVICE_TREE=zynq-zc702
  make -s -C u-boot-source O="$out/work/u-boot" xilinx_zynq_virt_defconfig
  u-boot-source/scripts/config --file u-boot/.config -d TOOLS_MKEFICAPSULE -d EFI_LOADER --set-val BOOTDELAY 1 -e CMD_SETEXPR -e CMD_PART
  make -s -C u-boot-source O="$out/work/u-boot" olddefconfig
  make -s -C u-boot-source O="$out/work/u-boot" -j"$jobs"
  cp u-boot/u-boot.img u-boot/spl/u-boot-spl.bin u-boot/spl/u-boot-spl "$out/"
  cp u-boot/spl/boot.bin "$out/BOOT.BIN"
fi

if [ ! -s "$out/zImage" ]; then
  apt-get download -qq linux-source-6.1
  dpkg-deb --fsys-tarfile linux-source-6.1_*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz | tar -xJ
  make -s -C linux-source-6.1 O="$out/work/linux" KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig
  make -s -C linux-source-6.1 O="$out/work/linux" -j"$jobs" zImage zynq-zc702.dtb
  cp linux/arch/arm/boot/zImage linux/arch/arm/boot/dts/zynq-zc702.dtb "$out/"
fi

tree=$out/root
rm -rf "$tree"
mkdir -p "$tree"/{bin,sbin,dev,proc,sys,run,tmp,etc,boot,data,usr/bin}
if [ ! -s busybox ]; then
  mirror=$(find_mirror)
  mkdir -p armhf/lists/partial armhf/cache/archives/partial
  echo "deb [arch=armhf signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" > armhf/sources.list
  options=(-o "Dir::Etc::sourcelist=$PWD/armhf/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$PWD/armhf/lists"
    -o "Dir::Cache=$PWD/armhf/cache" -o Dir::State::status=/dev/null -o APT::Architecture=armhf -o APT::Architectures::=armhf)
  apt-get "${options[@]}" -qq update
  apt-get "${options[@]}" -qq download busybox-static
  dpkg-deb --fsys-tarfile busybox-static_*_armhf.deb | tar -xO ./bin/busybox > busybox
fi
install -m 755 busybox "$tree/bin/busybox"
for name in sh mount mkdir sed cat echo sleep reboot dd od tr sync touch; do ln -sf busybox "$tree/bin/$name"; done
install -m 755 "$here/init" "$tree/sbin/init"
arm-linux-gnueabihf-gcc -O2 -static -o "$tree/usr/bin/fpgaedged" "$here/stand-in.c"
echo "zc702: ready in out/zc702"
