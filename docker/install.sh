#!/bin/sh
# Lays out the files of the image below FILES/common and, for Debian's s6, FILES/distro.
#
#   install.sh FILES
set -eu
cd "$(dirname "$0")"
common=$1/common
distro=$1/distro
library=usr/local/lib/hermes-host

mkdir -p "$common/$library" "$common/usr/local/bin" "$common/etc/s6-overlay"
install -m 0755 hermes-host hermes-plugin ./*-*.sh entrypoint.sh "$common/$library"
install -m 0644 common.sh SOUL.md "$common/$library"
install -m 0755 bin/hermes-host "$common/usr/local/bin"
cp -R cont-init.d "$common/etc"
cp -R s6-rc.d "$common/etc/s6-overlay"

mkdir -p "$distro/$library" "$distro/command"
cp -R init "$distro/$library"
mv "$distro/$library/init/with-contenv" "$distro/command"
# Whatever the umask of whoever checked them out.
chmod -R go=u-w "$1"
