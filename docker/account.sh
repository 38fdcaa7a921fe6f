#!/bin/sh
# Makes the account that the gateways run as, and its home; no program gives it more
# rights than it has.
set -eu
groupadd --gid 10000 hermes
useradd --uid 10000 --gid hermes --home-dir /opt/data --no-create-home --shell /bin/bash hermes
install -d -o hermes -g hermes /opt/data
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
