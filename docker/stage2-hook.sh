#!/command/with-contenv sh
# shellcheck shell=sh
# Prepares the volume, before any gateway runs. Root does what only root can; all
# else is done by the agent's account, which gains nothing by planting links there.
set -eu
# shellcheck source=docker/common.sh
. /usr/local/lib/hermes-host/common.sh

"$library/renumber-account.sh"
"$library/repair-ownership.sh"
become "$library/seed-volume.sh"
