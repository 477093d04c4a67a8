SUMMARY = "The root slot of an FpgaEdge card"
LICENSE = "MIT"

inherit core-image

IMAGE_INSTALL = "packagegroup-core-boot fpgaedged i2c-tools ethtool"
# 'fpgaedge image build --root' takes the tarball; partitions and slots are made there.
IMAGE_FSTYPES = "tar.xz"
