#!/bin/sh
# Ends a container whose test process is gone, however that died: standard input
# is a pipe that only the test process holds open.
#
#   lifeline.sh STATE
#
# STATE/init holds the pid of the container's init while one runs; with that
# process the kernel kills everything else in the container.
set -eu

cat >/dev/null
if init=$(cat "$1/init" 2>/dev/null); then
    kill -KILL "$init" 2>/dev/null || :
    while [ -d "/proc/$init" ]; do sleep 0.1; done
fi
if cgroup=$(cat "$1/cgroup" 2>/dev/null); then
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || :
fi
rm -rf "$1"
