#!/usr/bin/env bash
# Makes what virtual boards in QEMU are started from, in out/virtual-board (about two minutes, no root needed):
#   vmlinux       Debian's kernel for amd64, unpacked so that QEMU starts it without a boot loader
#   base.cpio     initial file system: busybox, kernel modules, the board's program with the libraries it needs
#   plugin.so     gives the registers in the guest's memory their side effects
#   model.so      the hardware model that the plugin calls: simulator and sensors
#   board.json    the description of such a board
# Debian's packages are fetched by name, whatever version the mirror has, and unpacked here; none is installed.
# Needs: gcc, make, xz-utils, clang or gcc with lld and zlib1g-dev (NativeAOT), busybox-static, the .NET SDK.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$root/out/virtual-board
for tool in apt-get dpkg-deb gcc make xz busybox dotnet; do
  command -v "$tool" >/dev/null || { echo "prepare.sh: $tool is missing; as root: apt-get install gcc make xz-utils busybox-static" >&2; exit 4; }
done
mkdir -p "$out/packages" "$out/tree"

# The newest kernel of the distribution: the meta package depends on it.
release=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-\([0-9].*\)/\1/p' | head -n 1)
[ -n "$release" ] || { echo "prepare.sh: no linux-image-amd64 in the package lists; as root: apt-get update" >&2; exit 4; }
series=$(echo "$release" | cut -d. -f1-2)
if [ "$(cat "$out/release" 2>/dev/null || true)" != "$release" ]; then
  rm -rf "$out/packages" "$out/tree"
  mkdir -p "$out/packages" "$out/tree"
  (cd "$out/packages" && apt-get download -q -o APT::Sandbox::User=root \
    "linux-image-$release" "linux-headers-$release" "linux-headers-${release%-amd64}-common" "linux-kbuild-$series")
  for package in "$out"/packages/*.deb; do
    dpkg-deb -x "$package" "$out/tree"
  done
  rm -rf "$out/packages"
  # The payload of the kernel file, found by its magic number, is an ELF file that QEMU enters directly (PVH).
  kernel=$out/tree/boot/vmlinuz-$release
  offset=$(LC_ALL=C grep -abo -m 1 -P '\xfd7zXZ\x00' "$kernel" | head -n 1 | cut -d: -f1)
  # xz leaves what follows its stream unread, which ends tail with an error.
  tail -c "+$((offset + 1))" "$kernel" 2>/dev/null | xz -dc --single-stream >"$out/vmlinux" || true
  [ "$(head -c 4 "$out/vmlinux" | tail -c 3)" = ELF ] || { echo "prepare.sh: no kernel found in $kernel" >&2; exit 3; }
  echo "$release" >"$out/release"
fi

gcc -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -o "$out/plugin.so" "$here/plugin.c" -ldl

# The module of the guest's I2C adapter. The headers' makefile names its sibling by the place where it is installed.
headers=$out/tree/usr/src/linux-headers-$release
echo "include $out/tree/usr/src/linux-headers-${release%-amd64}-common/Makefile" >"$headers/Makefile"
ln -sfn "$out/tree/usr/lib/linux-kbuild-$series/scripts" "$headers/scripts"
ln -sfn "$out/tree/usr/lib/linux-kbuild-$series/tools" "$headers/tools"
mkdir -p "$out/module"
cp "$here/fpgaedge_i2c.c" "$out/module/"
echo "obj-m := fpgaedge_i2c.o" >"$out/module/Kbuild"
make -s -C "$headers" M="$out/module" CC="gcc" modules

dotnet publish "$root/src/FpgaEdge.VirtualBoard" -c Release -f net9.0 -r linux-x64 -o "$out/publish/model" --nologo -v q
dotnet publish "$root/src/FpgaEdge.Board" -c Release -f net9.0 -r linux-x64 -o "$out/publish/board" --nologo -v q
cp "$out/publish/model/FpgaEdge.VirtualBoard.so" "$out/model.so"
cp "$root/bsp/virtual-qemu/board.json" "$out/board.json"

base=$out/base
rm -rf "$base"
mkdir -p "$base"/{bin,dev,proc,sys,tmp,root,var/lib,etc/fpgaedge,lib64,lib/x86_64-linux-gnu,"lib/modules/$release"}
cp "$(command -v busybox)" "$base/bin/busybox"
cp "$out/publish/board/fpgaedged" "$base/bin/"
cp "$here/init" "$base/init"
chmod 755 "$base/init" "$base/bin/"*
# OpenSSL is opened by name at run time; everything else the linker knows.
libraries=$(ldd "$out/publish/board/fpgaedged" | grep -o '/[^ ]*')
for library in $libraries /lib/x86_64-linux-gnu/libssl.so.3 /lib/x86_64-linux-gnu/libcrypto.so.3 \
               /usr/lib/x86_64-linux-gnu/libssl.so.3 /usr/lib/x86_64-linux-gnu/libcrypto.so.3; do
  [ -e "$library" ] && cp -L "$library" "$base$(dirname "$library" | sed 's|^/usr||')/"
done
modules=(virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net virtio_blk
  i2c-dev crc16 crc32c_generic libcrc32c mbcache jbd2 ext4 fat vfat nls_cp437 nls_ascii nls_iso8859-1)
for module in "${modules[@]}"; do
  file=$(find "$out/tree/lib/modules/$release/kernel" -name "$module.ko" | head -n 1)
  if [ -n "$file" ]; then cp "$file" "$base/lib/modules/$release/"; fi
done
cp "$out/module/fpgaedge_i2c.ko" "$base/lib/modules/$release/"
cp "$out/tree/lib/modules/$release/modules.builtin" "$base/lib/modules/$release/" 2>/dev/null || true
busybox depmod -b "$base" "$release"
(cd "$base" && find . | busybox cpio -o -H newc 2>/dev/null) >"$out/base.cpio"
echo "virtual boards: ready in out/virtual-board (kernel $release, $(stat -c %s "$out/base.cpio") bytes of initial file system)"
