#!/bin/sh
# Makes the account that the gateways run as, and its home.
set -eu
groupadd --gid 10000 hermes
useradd --uid 10000 --gid hermes --home-dir /opt/data --no-create-home --shell /bin/bash hermes
install -d -o hermes -g hermes /opt/data
