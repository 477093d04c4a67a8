SUMMARY = "A board's device tree with the accelerator's registers and its reserved memory"
LICENSE = "CLOSED"

# The fragment is made from bsp/BOARD/board.json by 'fpgaedge board dts BOARD'; build.sh does that and sets FPGAEDGE_DTSI.
FPGAEDGE_DTSI ?= "${THISDIR}/files/fpgaedge.dtsi"
FPGAEDGE_KERNEL_DTS ?= ""
# Searched before the kernel's folders, for boards whose tree the kernel does not have.
FPGAEDGE_DTS_FOLDER ?= ""

inherit devicetree

DT_INCLUDE:append = " ${FPGAEDGE_DTS_FOLDER}"
S = "${WORKDIR}"
DT_FILES_PATH = "${WORKDIR}/tree"
COMPATIBLE_MACHINE = "fpgaedge-.*"

do_configure:prepend() {
    [ -n "${FPGAEDGE_KERNEL_DTS}" ] || bbfatal "FPGAEDGE_KERNEL_DTS is empty: use one of the machines fpgaedge-BOARD"
    [ -f "${FPGAEDGE_DTSI}" ] || bbfatal "no ${FPGAEDGE_DTSI}: make it with 'fpgaedge board dts BOARD', or use build.sh"
    install -d ${DT_FILES_PATH}
    install -m 0644 ${FPGAEDGE_DTSI} ${DT_FILES_PATH}/fpgaedge.dtsi
    printf '#include "%s"\n#include "fpgaedge.dtsi"\n' ${FPGAEDGE_KERNEL_DTS} > ${DT_FILES_PATH}/${MACHINE}.dts
}
