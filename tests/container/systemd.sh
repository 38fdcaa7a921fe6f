#!/bin/sh
# Part of boot.sh: lays out what a systemd needs of its container.
#
#   systemd.sh ROOT
set -eu

root=$1

# Whatever the machine has, systemd sees a unified hierarchy.
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"

# It creates nodes and links there, which are not to be the machine's.
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for node in null zero full random urandom tty; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for stream in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${stream%:*}" "$root/dev/${stream#*:}"
done

# The kernel's variables are the machine's; without write access systemd leaves
# them alone, and modules likewise.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"

# What this machine runs is not to run in the container, too. At the first boot
# only: what is enabled inside stays.
units=$root/etc/systemd/system
if [ ! -L "$units/systemd-modules-load.service" ]; then
    rm -rf "$units"/*.wants "$units"/*.requires
    for unit in ldconfig systemd-timesyncd systemd-modules-load; do
        ln -sf /dev/null "$units/$unit.service"
    done
fi

# For PAM, which opens the sessions of user managers.
grep -q '^hermes:' "$root/etc/shadow" || echo 'hermes:*:20000::::::' >>"$root/etc/shadow"
