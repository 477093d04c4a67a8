#!/usr/bin/env bash
# Builds a board's root file system and kernel with PetaLinux or Yocto, where one of them is set up in this shell:
#   source PETALINUX/settings.sh   or   source oe-init-build-env
#   petalinux/build.sh BOARD FPGAEDGED_FILE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
board=${1:?usage: build.sh BOARD FPGAEDGED_FILE}
daemon=$(realpath "${2:?usage: build.sh BOARD FPGAEDGED_FILE}")
file=$here/../bsp/$board/board.json
[ -f "$file" ] || { echo "build.sh: no bsp/$board/board.json" >&2; exit 2; }
command -v bitbake >/dev/null || {
  echo "build.sh: bitbake is not here; source PetaLinux's settings.sh or Yocto's oe-init-build-env first" >&2
  exit 3
}
bitbake-layers show-layers | grep -q meta-fpgaedge || bitbake-layers add-layer "$here/meta-fpgaedge"
settings=$(mktemp)
trap 'rm -f "$settings"' EXIT
printf 'FPGAEDGED_FILE = "%s"\nFPGAEDGE_BOARD_FILE = "%s"\n' "$daemon" "$(realpath "$file")" > "$settings"
bitbake -R "$settings" fpgaedge-image
