#!/usr/bin/env bash
# Builds the image on this machine's Docker engine, from the base it has or one that
# is made here.
#
#   build.sh TAG HERMES_HOST HERMES_PLUGIN [OPTION of `docker build`...]
set -euo pipefail
tag=$1 host=$2 plugin=$3
shift 3
cd "$(dirname "$0")"

# One at a time: what one leaves behind another may still be using.
exec 9>"${TMPDIR:-/tmp}/hermes-image-build.lock"
flock 9
base=$(sed -n 's/^ARG BASE=//p' ../../docker/Dockerfile)
docker image inspect "$base" >/dev/null 2>&1 || docker import "$(./base.sh)" "$base" >&2

binaries=$(mktemp -d)
trap 'rm -rf "$binaries"' EXIT
strip -o "$binaries/hermes-host" "$host"
strip -o "$binaries/hermes-plugin" "$plugin"
# The network of this machine: an engine may have been started without one of its own.
../../docker/build.sh "$binaries" --quiet --force-rm --network=host --tag "$tag" "$@"
# What had the tag before, and the stages.
docker image prune --force --filter label=org.opencontainers.image.title=hermes-host >/dev/null
