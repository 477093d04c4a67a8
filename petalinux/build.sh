#!/usr/bin/env bash
# Builds a board's root file system, kernel and device tree with PetaLinux or Yocto, where one of them is set up in this shell:
#   source PETALINUX/settings.sh   or   source oe-init-build-env
#   petalinux/build.sh BOARD FPGAEDGED_FILE [UPDATE_KEY.pub]
# and collects what 'fpgaedge image build --files' takes in out/petalinux/BOARD.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
usage="usage: build.sh BOARD FPGAEDGED_FILE [UPDATE_KEY.pub]"
board=${1:?$usage}
daemon=$(realpath "${2:?$usage}")
key=${3:+$(realpath "$3")}
file=$here/../bsp/$board/board.json
machine=$here/meta-fpgaedge/conf/machine/fpgaedge-$board.conf
[ -f "$file" ] && [ -f "$machine" ] || {
  echo "build.sh: expected one of $(ls "$here/meta-fpgaedge/conf/machine" | sed -n 's/^fpgaedge-\(.*\)\.conf$/\1/p' | tr '\n' ' ')found $board" >&2
  exit 2
}
command -v bitbake >/dev/null || {
  echo "build.sh: bitbake is not here; source PetaLinux's settings.sh or Yocto's oe-init-build-env first" >&2
  exit 3
}
bitbake-layers show-layers | grep -q meta-fpgaedge || bitbake-layers add-layer "$here/meta-fpgaedge"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fpgaedge=${FPGAEDGE:-dotnet run -c Release --project $here/../src/FpgaEdge.Cli --}
$fpgaedge board dts "$file" > "$work/fpgaedge.dtsi"
cat > "$work/settings.conf" <<SETTINGS
MACHINE = "fpgaedge-$board"
INIT_MANAGER = "systemd"
FPGAEDGED_FILE = "$daemon"
FPGAEDGE_BOARD_FILE = "$(realpath "$file")"
FPGAEDGE_DTSI = "$work/fpgaedge.dtsi"
FPGAEDGE_UPDATE_KEY = "$key"
SETTINGS
bitbake -r "$work/settings.conf" fpgaedge-image

deploy=$(bitbake -r "$work/settings.conf" -e fpgaedge-image | sed -n 's/^DEPLOY_DIR_IMAGE="\(.*\)"$/\1/p')
out=$here/../out/petalinux/$board
tree=$(sed -n 's/.*"file": "\([^"]*\)\.dtb".*/\1.dtb/p' "$here/../bsp/$board/card.json" | head -n 1)
kernel=$(sed -n 's/.*"file": "\(z\{0,1\}Image\)".*/\1/p' "$here/../bsp/$board/card.json" | head -n 1)
mkdir -p "$out"
cp -L "$deploy/$kernel" "$out/"
cp -L "$deploy/devicetree/fpgaedge-$board.dtb" "$out/$tree"
cp -L "$deploy/fpgaedge-image-fpgaedge-$board"*.tar.xz "$out/root.tar.xz"
echo "build.sh: $kernel, $tree and root.tar.xz in out/petalinux/$board; next: fpgaedge image build --board $board" \
  "--files out/petalinux/$board --root out/petalinux/$board/root.tar.xz"
