#!/command/with-contenv /bin/sh
# shellcheck shell=sh
# Prepares the volume, before any gateway runs. Root does what only root can; all
# else is done by the agent's account, which gains nothing by planting links there.
set -eu
# shellcheck source=docker/common.sh
. /usr/local/lib/hermes-host/common.sh

if [ "$uid" -eq 0 ] && ! s6-setuidgid "$account" true 2>/dev/null; then
    fail "root may not become $account here" \
        "it needs the capabilities CHOWN, KILL, SETGID and SETUID; or use --user 10000 and --tmpfs /run:exec,mode=0755,uid=10000"
fi
"$library/renumber-account.sh"
"$library/repair-ownership.sh"
become "$library/seed-volume.sh"
