#!/bin/sh
# PID 1 of a container with nothing but a user manager: that of the account
# hermes.
set -eu

uid=10000
# How systemd tells whether the machine is its own.
mkdir -p "/run/systemd/system" "/run/user/$uid"
chown "$uid:$uid" "/run/user/$uid"
chmod 0700 "/run/user/$uid"
chown -R "$uid:$uid" /sys/fs/cgroup

setpriv --reuid="$uid" --regid="$uid" --clear-groups \
    env XDG_RUNTIME_DIR="/run/user/$uid" /lib/systemd/systemd --user --unit=default.target &
manager=$!
trap 'kill "$manager"' TERM
# A signal ends the first wait.
wait "$manager" || wait "$manager" || :
