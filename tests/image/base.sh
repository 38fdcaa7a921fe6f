#!/usr/bin/env bash
# Makes the base of the image from the package manager's own bootstrap, once, where
# no registry has to be asked: prints the path of its root file system, a tar file.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hermes-host
base=$cache/bookworm.tar
mkdir -p "$cache"
exec 9>"$cache/bookworm.lock"
flock 9
if ! [ -e "$base" ]; then
    mmdebstrap --quiet --variant=minbase bookworm "$base.unfinished.tar" >&2
    mv "$base.unfinished.tar" "$base"
fi
echo "$base"
