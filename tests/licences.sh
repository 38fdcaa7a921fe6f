#!/usr/bin/env bash
# Checks the licence of every dependency against the list in deny.toml, and that
# all come from the package registry: what of `cargo deny check` needs no
# cargo-deny.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t allowed < <(sed -n '/^allow = \[/,/^\]/s/^ *"\(.*\)",$/\1/p' deny.toml)
[ ${#allowed[@]} -gt 0 ] || { echo "error: deny.toml lists no licences" >&2; exit 1; }

# Whether an SPDX expression can be met: `X WITH Y` is one licence, `/` an old OR.
acceptable() {
    local words='' term token licence
    local -a tokens
    read -ra tokens <<<"$(sed 's/[()]/ & /g; s#/# OR #g; s/ WITH /_WITH_/g' <<<"$1")"
    [ ${#tokens[@]} -gt 0 ] || return 1
    for token in "${tokens[@]}"; do
        case $token in
        AND) words+='&&' ;;
        OR) words+='||' ;;
        '(' | ')') words+=$token ;;
        *)
            term=0
            for licence in "${allowed[@]}"; do
                [ "${token//_WITH_/ WITH }" != "$licence" ] || term=1
            done
            words+=$term
            ;;
        esac
    done
    ((words))
}

tree=$(cargo tree --locked --workspace --all-features --edges normal,build,dev \
    --prefix none --no-dedupe --format '{l}|{p}')
failed=0
count=0
while IFS='|' read -r licence package; do
    count=$((count + 1))
    acceptable "$licence" || {
        echo "error: $package: deny.toml does not allow its licence: ${licence:-none given}" >&2
        failed=1
    }
done < <(grep . <<<"$tree" | sort -u)

if grep -n '^source = "git' Cargo.lock >&2; then
    echo "error: Cargo.lock: a dependency comes from git, not from the package registry" >&2
    failed=1
fi
[ "$failed" -ne 0 ] || echo "licences: $count packages, all allowed"
exit "$failed"
