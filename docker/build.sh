#!/usr/bin/env bash
# Builds the image from this directory and the release binaries.
#
#   docker/build.sh RELEASE_DIRECTORY [OPTION of `docker build`...]
set -euo pipefail
binaries=$1
shift
here=$(dirname "$0")

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp -R "$here/." "$context"
cp "$binaries/hermes-host" "$binaries/hermes-plugin" "$context"
docker build \
    --build-arg "VERSION=$("$binaries/hermes-host" --version | cut -d ' ' -f 2)" \
    --build-arg "REVISION=$(git -C "$here" rev-parse HEAD 2>/dev/null || :)" \
    "$@" "$context"
