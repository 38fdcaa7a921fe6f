#!/usr/bin/env bash
# Lays out what the image holds, without any engine, from the same scripts: below OUT
# the directories `common` and `distro`, and `base`, a link to the root file system
# with the packages and the account, which is made once.
#
#   tree.sh OUT HERMES_HOST HERMES_PLUGIN
set -euo pipefail
out=$1 host=$2 plugin=$3
cd "$(dirname "$0")"

read -ra packages < <(sed -n 's/.*--no-install-recommends \(execline=[^ ]* s6=[^ ]*\).*/\1/p' ../../docker/Dockerfile)
key=$(cat ../../docker/account.sh - <<<"${packages[*]}" | sha256sum | cut -c 1-12)
tar=$(./base.sh)
base=${tar%.tar}-$key
exec 9>"$base.lock"
flock 9
if ! [ -d "$base" ]; then
    rm -rf "$base.unfinished"
    mkdir "$base.unfinished"
    tar -C "$base.unfinished" -xf "$tar"
    cp /etc/resolv.conf "$base.unfinished/etc/resolv.conf"
    cp ../../docker/account.sh "$base.unfinished/tmp"
    # shellcheck disable=SC2016 # for the other shell
    DEBIAN_FRONTEND=noninteractive chroot "$base.unfinished" sh -euc '
        apt-get update -qq
        apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
        /tmp/account.sh' sh "${packages[@]}" >&2
    mv "$base.unfinished" "$base"
fi

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp -R ../../docker/. "$context"
strip -o "$context/hermes-host" "$host"
strip -o "$context/hermes-plugin" "$plugin"
"$context/install.sh" "$out"
ln -s "$base" "$out/base"
