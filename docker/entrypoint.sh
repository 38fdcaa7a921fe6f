#!/bin/sh
# What the engine starts: the init of the image, with the command as its arguments.
set -eu
library=/usr/local/lib/hermes-host

if [ -x /init ]; then
    if [ $$ -ne 1 ]; then
        echo "error: the init of s6-overlay has to be process 1, and is process $$" >&2
        echo "  hint: run the container without --init and without --pid, or use the image built with INIT=distro" >&2
        exit 1
    fi
    exec /init "$library/main-wrapper.sh" "$@"
fi
exec "$library/init/stage1" "$library/main-wrapper.sh" "$@"
