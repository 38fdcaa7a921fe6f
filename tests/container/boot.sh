#!/bin/sh
# Runs in fresh namespaces: builds the container's root file system, moves into
# it and becomes the init command, which is therefore PID 1.
#
#   boot.sh STATE LOWER BINARY NAME [VARIABLE=VALUE...] INIT...
#
# STATE holds what outlives a restart: upper/ and work/ (the writable layer),
# volume/ (mounted on /data) and run/ (copied to /run at each boot).
set -eu

state=$1 lower=$2 binary=$3 name=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)

# /proc is still the outside's and so is this pid: how the harness finds PID 1.
read -r pid _ </proc/self/stat
echo "$pid" >"$state/init.new"
mv "$state/init.new" "$state/init"

root=$state/root
mkdir -p "$root" "$state/upper" "$state/work"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$state/upper,workdir=$state/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"

mkdir -p "$root/data" "$root/gateways" "$root/usr/local/bin"
mount --bind "$state/volume" "$root/data"
mount --bind -o ro "$here/../gateways" "$root/gateways"
touch "$root/usr/local/bin/hermes-host"
mount --bind "$binary" "$root/usr/local/bin/hermes-host"
cp -a "$state/run/." "$root/run"

# The gateway account of the image.
grep -q '^hermes:' "$root/etc/passwd" || echo 'hermes:x:10000:10000::/data:/bin/sh' >>"$root/etc/passwd"
grep -q '^hermes:' "$root/etc/group" || echo 'hermes:x:10000:' >>"$root/etc/group"

hostname "$name"
ip link set lo up

cd "$root"
pivot_root . .
umount -l .

exec env -i "$@"
