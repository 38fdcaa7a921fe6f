#!/usr/bin/env bash
# Installs what building and testing need and this machine lacks, with apt-get
# and as root only; says what is missing elsewhere. Does nothing, quickly, where
# all is there.
#
#   tests/install-prerequisites.sh [PROGRAM:PACKAGE...]     these as well
set -euo pipefail

needed=(
    cc:gcc
    s6-svscan:s6
    execlineb:execline
    systemd:systemd
    dbus-daemon:dbus
    unshare:util-linux
    setpriv:util-linux
    mount:mount
    ip:iproute2
    timeout:coreutils
    strace:strace
    pkaction:polkitd
    shellcheck:shellcheck
    mmdebstrap:mmdebstrap
    strip:binutils
    xz:xz-utils
    "$@"
)

if ! command -v cargo >/dev/null; then
    echo "error: there is no cargo on the PATH" >&2
    echo "  hint: install Rust $(sed -n 's/^channel = "\(.*\)"$/\1/p' "$(dirname "$0")/../rust-toolchain.toml") with rustup" >&2
    exit 1
fi

programs=()
packages=()
for entry in "${needed[@]}"; do
    if ! command -v "${entry%%:*}" >/dev/null; then
        programs+=("${entry%%:*}")
        packages+=("${entry##*:}")
    fi
done
# The compiler alone does not bring what it links with.
[[ " ${packages[*]} " != *" gcc "* ]] || packages+=(libc6-dev)
[ ${#programs[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "error: this machine lacks ${programs[*]}" >&2
    echo "  hint: as root: apt-get install ${packages[*]}" >&2
    exit 1
fi

echo "installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
install=(apt-get install --yes -qq --no-install-recommends "${packages[@]}")
# A fresh image has no package lists yet, an old one outdated ones.
"${install[@]}" >/dev/null 2>&1 || {
    apt-get update -qq
    "${install[@]}" >/dev/null
}
