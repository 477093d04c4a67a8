SUMMARY = "What every board of an FpgaEdge cluster runs"
LICENSE = "CLOSED"

# The native program of 'dotnet publish src/FpgaEdge.Board -r linux-arm' (or linux-arm64) and the board's file; build.sh sets both.
FPGAEDGED_FILE ?= "${THISDIR}/files/fpgaedged"
FPGAEDGE_BOARD_FILE ?= "${THISDIR}/files/board.json"
# Public key of the updates that the board takes; empty for none.
FPGAEDGE_UPDATE_KEY ?= ""

SRC_URI = "\
    file://fpgaedge-card.service \
    file://fpgaedged.service \
    file://fpgaedge-diag.service \
    file://fpgaedge-updates.service \
    file://fpgaedge-trial.service \
    file://var-lib-fpgaedge.mount \
    file://fpgaedge-watchdog.conf \
    file://fpgaedge-card \
    file://fpgaedge-trial \
"
S = "${WORKDIR}"

inherit systemd

SYSTEMD_SERVICE:${PN} = "\
    fpgaedge-card.service fpgaedged.service fpgaedge-diag.service fpgaedge-updates.service fpgaedge-trial.service \
    var-lib-fpgaedge.mount \
"
RDEPENDS:${PN} = "libssl libcrypto iproute2"
FILES:${PN} += "${systemd_unitdir}/system.conf.d"
# The program is linked already; its symbols lie beside it where it was published.
INHIBIT_PACKAGE_STRIP = "1"
INSANE_SKIP:${PN} += "already-stripped ldflags file-rdeps"

do_install() {
    install -d ${D}${bindir} ${D}${libexecdir} ${D}${sysconfdir}/fpgaedge ${D}${systemd_system_unitdir} ${D}${systemd_unitdir}/system.conf.d
    install -d ${D}${localstatedir}/lib/fpgaedge
    install -m 0755 ${FPGAEDGED_FILE} ${D}${bindir}/fpgaedged
    install -m 0644 ${FPGAEDGE_BOARD_FILE} ${D}${sysconfdir}/fpgaedge/board.json
    if [ -n "${FPGAEDGE_UPDATE_KEY}" ]; then
        install -m 0644 ${FPGAEDGE_UPDATE_KEY} ${D}${sysconfdir}/fpgaedge/update.pub
    fi
    install -m 0755 ${WORKDIR}/fpgaedge-card ${WORKDIR}/fpgaedge-trial ${D}${libexecdir}/
    install -m 0644 ${WORKDIR}/*.service ${WORKDIR}/*.mount ${D}${systemd_system_unitdir}/
    install -m 0644 ${WORKDIR}/fpgaedge-watchdog.conf ${D}${systemd_unitdir}/system.conf.d/
}
