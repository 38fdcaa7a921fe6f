#!/bin/bash
# Downloads s6-overlay and unpacks it below ROOT, where INIT=s6-overlay asks for it.
#
#   s6-overlay.sh tools
#   s6-overlay.sh unpack ROOT
set -euo pipefail

need() {
    [ -n "${!1}" ] || {
        echo "error: INIT=s6-overlay needs --build-arg $1" >&2
        echo "  hint: it is in the .sha256 file beside the release" >&2
        exit 1
    }
}

# fetch ARCHITECTURE SHA256
fetch() {
    curl --fail --silent --show-error --location --output overlay.tar.xz \
        "$S6_OVERLAY_URL/v$S6_OVERLAY_VERSION/s6-overlay-$1.tar.xz"
    echo "$2  overlay.tar.xz" | sha256sum --check --quiet
    tar -C "$root" -Jxpf overlay.tar.xz
}

root=${2:-}
[ -z "$root" ] || mkdir -p "$root"
[ "$INIT" = s6-overlay ] || exit 0
case $1 in
tools)
    need S6_OVERLAY_NOARCH_SHA256
    need S6_OVERLAY_ARCH_SHA256
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq --yes --no-install-recommends ca-certificates curl xz-utils >/dev/null
    ;;
unpack)
    cd /tmp
    fetch noarch "$S6_OVERLAY_NOARCH_SHA256"
    fetch "$(uname -m)" "$S6_OVERLAY_ARCH_SHA256"
    ;;
esac
