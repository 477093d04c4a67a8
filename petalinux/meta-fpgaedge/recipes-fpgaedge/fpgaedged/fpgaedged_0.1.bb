SUMMARY = "What every board of an FpgaEdge cluster runs"
LICENSE = "CLOSED"

# The native program of 'dotnet publish src/FpgaEdge.Board -r linux-arm' (or linux-arm64) and the board's file; build.sh sets both.
FPGAEDGED_FILE ?= "${THISDIR}/files/fpgaedged"
FPGAEDGE_BOARD_FILE ?= "${THISDIR}/files/board.json"

SRC_URI = "file://fpgaedged.service file://fpgaedge-diag.service file://fpgaedge-updates.service file://fpgaedge-card"
S = "${WORKDIR}"

inherit systemd

SYSTEMD_SERVICE:${PN} = "fpgaedged.service fpgaedge-diag.service fpgaedge-updates.service"
RDEPENDS:${PN} = "libssl libcrypto"
# The program is linked already; its symbols lie beside it where it was published.
INHIBIT_PACKAGE_STRIP = "1"
INSANE_SKIP:${PN} += "already-stripped ldflags file-rdeps"

do_install() {
    install -d ${D}${bindir} ${D}${libexecdir} ${D}${sysconfdir}/fpgaedge ${D}${systemd_system_unitdir}
    install -m 0755 ${FPGAEDGED_FILE} ${D}${bindir}/fpgaedged
    install -m 0644 ${FPGAEDGE_BOARD_FILE} ${D}${sysconfdir}/fpgaedge/board.json
    install -m 0755 ${WORKDIR}/fpgaedge-card ${D}${libexecdir}/fpgaedge-card
    install -m 0644 ${WORKDIR}/*.service ${D}${systemd_system_unitdir}/
}
