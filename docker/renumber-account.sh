#!/bin/sh
# Gives the account hermes the numbers that the operator's files have: HERMES_UID and
# HERMES_GID, else PUID and PGID.
set -eu
# shellcheck source=docker/common.sh
. /usr/local/lib/hermes-host/common.sh

# check NAME VALUE
check() {
    case $2 in
    '' | *[!0-9]* | ??????*) ;;
    *) [ "$2" -lt 1 ] || [ "$2" -gt 65534 ] || return 0 ;;
    esac
    fail "$1 has to be a number from 1 to 65534" "leave it out, and the account stays $old_uid:$old_gid"
}

new_uid=${HERMES_UID:-${PUID:-}}
new_gid=${HERMES_GID:-${PGID:-}}
[ -n "$new_uid$new_gid" ] || exit 0
old_uid=$(id -u "$account")
old_gid=$(id -g "$account")
check HERMES_UID "${new_uid:=$old_uid}"
check HERMES_GID "${new_gid:=$old_gid}"

if [ "$uid" -ne 0 ]; then
    [ "$uid" -ne "$new_uid" ] || exit 0
    fail "the container runs as uid $uid and cannot give its account the uid $new_uid" \
        "leave out either --user or HERMES_UID"
fi
[ "$old_uid:$old_gid" != "$new_uid:$new_gid" ] || exit 0

# Not usermod, which would walk the volume as root. The group may have its number
# from another one, as 100 is users on Debian.
if ! sed -i "s/^$account:\([^:]*\):[0-9]*:[0-9]*:/$account:\1:$new_uid:$new_gid:/" /etc/passwd ||
    ! sed -i "s/^$account:\([^:]*\):[0-9]*:/$account:\1:$new_gid:/" /etc/group; then
    fail "the account $account cannot become $new_uid:$new_gid, as /etc is read-only" \
        "leave out --read-only, or leave out HERMES_UID and give the volume to $old_uid:$old_gid"
fi
say "the account $account is $new_uid:$new_gid"
