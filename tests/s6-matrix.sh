#!/usr/bin/env bash
# Runs the suites on the root file system of a newer distribution, whose s6 is
# 2.13: a status of 43 bytes, and scans that abort; and whose systemd is 257.
#
#   tests/s6-matrix.sh HERMES_HOST
#
# The binary has to be static. The root file system is made once, in
# $HERMES_TESTS_ROOTFS or ~/.cache/hermes-host/rootfs-trixie.
set -euo pipefail
cd "$(dirname "$0")/.."

HERMES_HOST_BIN=$(realpath "$1")
HERMES_TESTS_ROOTFS=${HERMES_TESTS_ROOTFS:-${XDG_CACHE_HOME:-$HOME/.cache}/hermes-host/rootfs-trixie}
export HERMES_HOST_BIN HERMES_TESTS_ROOTFS

if [ "$(id -u)" -ne 0 ]; then
    echo "error: the suites make containers of namespaces, which takes root" >&2
    echo "  hint: sudo make test-matrix" >&2
    exit 1
fi

if ! [ -e "$HERMES_TESTS_ROOTFS/usr/bin/s6-svscan" ] || ! [ -e "$HERMES_TESTS_ROOTFS/usr/bin/pkaction" ]; then
    echo "making $HERMES_TESTS_ROOTFS"
    unfinished=$HERMES_TESTS_ROOTFS.unfinished
    rm -rf "$unfinished"
    mkdir -p "$unfinished"
    mmdebstrap --quiet --variant=minbase --include=s6,execline,strace,systemd,dbus,polkitd trixie "$unfinished"
    mv -T "$unfinished" "$HERMES_TESTS_ROOTFS"
fi
chroot "$HERMES_TESTS_ROOTFS" dpkg-query --show s6 systemd

# As `make test` builds them; unit tests have no root file system.
tests/run.sh --workspace --test '*'
