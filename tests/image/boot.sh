#!/bin/sh
# Runs in fresh namespaces: makes the image's root file system and becomes its entry
# point, as an engine does with its defaults: /run in the writable layer, the usual
# capabilities.
#
#   boot.sh STATE TREE VOLUME GATEWAYS UID COMMAND...
#
# STATE holds the writable layer. Settings are variables: READ_ONLY, RUN_TMPFS (mount
# options). COMMAND begins with the environment, for `env -i`.
set -eu
state=$1 tree=$2 volume=$3 gateways=$4 uid=$5
shift 5

# /proc is still the outside's and so is this pid: how the tests find PID 1.
read -r pid _ </proc/self/stat
echo "$pid" >"$state/init.new"
mv "$state/init.new" "$state/init"

root=$state/root
mkdir -p "$root" "$state/upper" "$state/work"
mount -t overlay overlay \
    -o "lowerdir=$tree/common:$tree/distro:$(readlink "$tree/base"),upperdir=$state/upper,workdir=$state/work" "$root"
mkdir -p "$root/gateways"
[ -z "${READ_ONLY-}" ] || mount -o remount,ro "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount --bind "$volume" "$root/opt/data"
mount --bind -o ro "$gateways" "$root/gateways"
[ -z "${RUN_TMPFS-}" ] || mount -t tmpfs -o "noexec,nosuid,nodev,$RUN_TMPFS" tmpfs "$root/run"
hostname "${NAME:-container}"
ip link set lo up

cd "$root"
pivot_root . .
umount -l .
cd /opt/data
exec setpriv --bounding-set "$CAPABILITIES" --inh-caps=-all --reuid "$uid" --regid "$uid" --clear-groups env -i "$@"
