#!/bin/sh
# What a new volume needs. Runs as the agent's account, and replaces nothing.
set -eu
# shellcheck source=docker/common.sh
. /usr/local/lib/hermes-host/common.sh

if ! cd "$home" || ! [ -w . ]; then
    fail "$home cannot be written by uid $uid, it belongs to $(stat -c %u:%g "$home")" \
        "run as its owner, with HERMES_UID and HERMES_GID or --user, or on the host: chown -R $uid VOLUME"
fi
mkdir -p logs/gateways || say "there is no $home/logs: gateways log to the console only"

# seed FILE: its content is read. Whatever has the name already stays.
seed() {
    fresh=$(mktemp "./.$1.XXXXXX")
    cat >"$fresh"
    chmod 0644 "$fresh"
    mv -nT "$fresh" "$1"
    rm -f "$fresh"
}

[ -e SOUL.md ] || [ -L SOUL.md ] || seed SOUL.md <"$library/SOUL.md"

# The gateway of a volume that knows no gateway yet.
[ "${HERMES_GATEWAY_BOOTSTRAP_STATE:-}" = running ] || exit 0
if [ -L gateway_state.json ]; then
    say "$home/gateway_state.json is a symbolic link: HERMES_GATEWAY_BOOTSTRAP_STATE is ignored"
elif [ ! -e gateway_state.json ]; then
    echo '{"gateway_state":"running"}' | seed gateway_state.json
fi
