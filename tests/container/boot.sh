#!/bin/sh
# Runs in fresh namespaces: builds the container's root file system, moves into
# it and becomes the init command, which is therefore PID 1.
#
#   boot.sh STATE LOWER BINARY NAME [VARIABLE=VALUE...] INIT...
#
# STATE holds what outlives a restart: upper/ and work/ (the writable layer),
# volume/ (mounted on /data) and run/ (copied to /run at each boot). Where it has
# a file cgroup, with the path of one that is to be made, the container gets that
# for its own, and what else a systemd needs.
set -eu

state=$1 lower=$2 binary=$3 name=$4
here=$(cd "$(dirname "$0")" && pwd)

# A cgroup namespace begins where a process stands when it enters it.
if [ -e "$state/cgroup" ] && [ -z "${IN_CGROUP-}" ]; then
    read -r cgroup <"$state/cgroup"
    mkdir -p "$cgroup"
    echo 0 >"$cgroup/cgroup.procs"
    IN_CGROUP=1 exec unshare --cgroup "$here/boot.sh" "$@"
fi
shift 4

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
if [ -e "$state/cgroup" ]; then
    "$here/systemd.sh" "$root"
else
    mount --rbind /dev "$root/dev"
fi

mkdir -p "$root/data" "$root/gateways" "$root/container" "$root/usr/local/bin"
mount --bind "$state/volume" "$root/data"
mount --bind -o ro "$here/../gateways" "$root/gateways"
mount --bind -o ro "$here" "$root/container"
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
