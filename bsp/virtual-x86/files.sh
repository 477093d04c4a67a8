#!/usr/bin/env bash
# What a card of the virtual x86 board holds besides FpgaEdge's own program, from Debian's packages, without root rights:
#   bsp/virtual-x86/files.sh DIR
# writes DIR/{boot.img,core.img}  GRUB for the master boot record and the gap behind it
#        DIR/{vmlinuz,initrd.img} Debian's cloud kernel; the drivers it needs to find its root slot
#        DIR/root/                busybox, the C library, an init that starts fpgaedged
# Needs apt-get, dpkg-deb, grub-mkimage (grub-common, grub-pc-bin) and busybox (busybox-static).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
given=${1:?usage: files.sh DIR}
mkdir -p "$given"
out=$(cd "$given" && pwd)
for tool in grub-mkimage busybox dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "files.sh: $tool is missing; apt-get install grub-common grub-pc-bin busybox-static" >&2; exit 3; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kernel=${FPGAEDGE_KERNEL_PACKAGE:-}
if [ -z "$kernel" ]; then
  name=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$name" >/dev/null)
  kernel=$(ls "$work"/*.deb)
fi
dpkg-deb -x "$kernel" "$work/kernel"
cp "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz"

# The boot loader: everything it needs in one piece, so that the FAT partition holds only its script and the slot record.
# Its position is patched by whoever places it on a card.
grub-mkimage -O i386-pc -p '(,msdos1)/boot' -o "$out/core.img" \
  biosdisk part_msdos fat ext2 linux normal configfile loadenv test echo serial terminal sleep reboot
cp /usr/lib/grub/i386-pc/boot.img "$out/boot.img"

# The initramfs: the drivers between the kernel and the card, nothing else.
ram=$work/initrd
mkdir -p "$ram"/{bin,dev,proc,sys,root,lib/modules}
cp "$(command -v busybox)" "$ram/bin/busybox"
cp "$here/initrd-init" "$ram/init"
chmod 755 "$ram/init"
modules=$(ls -d "$work"/kernel/lib/modules/*)
number=10
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk failover net_failover virtio_net \
    nls_cp437 nls_ascii fat vfat; do
  file=$(find "$modules" -name "$module.ko" -o -name "$module.ko.xz" | head -n 1)
  [ -n "$file" ] || continue
  case $file in
    *.xz) xz -dc "$file" > "$ram/lib/modules/$number-$module.ko" ;;
    *) cp "$file" "$ram/lib/modules/$number-$module.ko" ;;
  esac
  number=$((number + 1))
done
find "$ram" -exec touch -h -d @0 {} +
(cd "$ram" && find . | LC_ALL=C sort | busybox cpio -o -H newc 2>/dev/null | gzip -n -1 > "$out/initrd.img")

# The root slot: busybox under its usual names, the libraries that a native fpgaedged links against, our init.
root=$out/root
rm -rf "$root"
mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,tmp,etc,boot,data,usr/bin,lib64,lib/x86_64-linux-gnu}
cp "$(command -v busybox)" "$root/bin/busybox"
busybox --list-full | while read -r applet; do
  [ "$applet" = bin/busybox ] || { mkdir -p "$root/$(dirname "$applet")"; ln -sf /bin/busybox "$root/$applet"; }
done
for library in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libssl.so.3 libcrypto.so.3; do
  file=$(ls "/lib/x86_64-linux-gnu/$library" "/usr/lib/x86_64-linux-gnu/$library" 2>/dev/null | head -n 1)
  [ -n "$file" ] || { echo "files.sh: $library is missing; apt-get install libc6 libssl3" >&2; exit 3; }
  cp -L "$file" "$root/lib/x86_64-linux-gnu/"
done
cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
rm -f "$root/sbin/init"
cp "$here/root-init" "$root/sbin/init"
cp "$here/udhcpc.script" "$root/etc/"
chmod 755 "$root/sbin/init" "$root/etc/udhcpc.script"
echo "files.sh: $(du -sh "$out" | cut -f1) in $given; next: fpgaedge image build --board virtual-x86 --files $given --fpgaedged FILE"
