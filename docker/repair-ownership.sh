#!/bin/sh
# Gives to the agent's account what is its own on the volume and belongs to others:
# after a change of its number, or what root has left there. Runs as root, among files
# that another container may be changing, so
#
# - nothing goes through a symbolic link: find opens each directory without following
#   one, and chown -h gets a single name in the directory that find stands in;
# - a file with a second name is left alone, as the other may be anywhere on the volume.
set -eu
# shellcheck source=docker/common.sh
. /usr/local/lib/hermes-host/common.sh
[ "$uid" -eq 0 ] || exit 0

case $home in
/ | [!/]*) fail "HERMES_HOME is $home, which can be no home" "set it to an absolute path, such as /opt/data" ;;
esac
mkdir -p "$home"
if leased_elsewhere; then
    say "$home is in use by another container: nothing there changes its owner"
    exit 0
fi
cd -P "$home"
owner=$(id -u "$account")
group=$(id -g "$account")

# repair START [TEST...]: says how many it gave.
repair() {
    find "$@" -xdev ! -uid "$owner" \( -type d -o -type f -links 1 \) \
        -execdir chown -h "$owner:$group" {} + -printf . 2>/dev/null | wc -c
}

given=$(repair . -maxdepth 1)
for name in cron home hooks logs memories pairing plans platforms profiles sessions skills skins state workspace; do
    if [ -L "$name" ]; then
        say "$home/$name is a symbolic link: the owner of what it points to is left as it is"
    elif [ -d "$name" ]; then
        given=$((given + $(repair "./$name")))
    fi
done
[ "$given" -eq 0 ] || say "$given files and directories in $home now belong to $account ($owner:$group)"
