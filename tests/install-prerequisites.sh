#!/usr/bin/env bash
# Installs what the suites need and this machine lacks, with apt-get and as root
# only; says what is missing elsewhere. Does nothing, quickly, where all is there.
set -euo pipefail

# program:package
needed=(
    s6-svscan:s6
    execlineb:execline
    unshare:util-linux
    setpriv:util-linux
    mount:mount
    ip:iproute2
    timeout:coreutils
    shellcheck:shellcheck
)

programs=()
packages=()
for entry in "${needed[@]}"; do
    if ! command -v "${entry%%:*}" >/dev/null; then
        programs+=("${entry%%:*}")
        packages+=("${entry##*:}")
    fi
done
[ ${#programs[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "error: the tests need ${programs[*]}" >&2
    echo "  hint: as root: apt-get install ${packages[*]}" >&2
    exit 1
fi

echo "installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
# A fresh image has no package lists yet.
apt-get install --yes --quiet --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || {
    apt-get update --quiet >/dev/null
    apt-get install --yes --quiet --no-install-recommends "${packages[@]}" >/dev/null
}
