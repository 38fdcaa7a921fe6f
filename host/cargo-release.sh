#!/usr/bin/env bash
# cargo for release builds: with a compiler that has the musl target, on which the
# binaries that are shipped are static.
#
#   host/cargo-release.sh build|run [OPTION of cargo...]
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc --print host-tuple)
target=${target%-gnu}
target=${target%-musl}-musl

# The user's own compiler where it has the target, else that of plugins/targets.sh.
has_target() { [ -d "$("$1" --print target-libdir --target "$target" 2>/dev/null)" ]; }
if ! has_target rustc; then
    RUSTC=${HERMES_TOOLCHAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/hermes-host/toolchain}/rustc
    if ! has_target "$RUSTC"; then
        echo "error: the Rust target $target is missing" >&2
        echo "  hint: make targets, or rustup target add $target" >&2
        exit 1
    fi
    export RUSTC
fi
# A crate's build script looks for a musl-gcc otherwise; its little C needs no libc.
export "CC_${target//-/_}=cc"

subcommand=$1
shift
exec cargo "$subcommand" --locked --release "$@"
