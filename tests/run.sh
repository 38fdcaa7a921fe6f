#!/usr/bin/env bash
# Runs the tests and ends with one line that counts them:
#
#   tests/run.sh [argument of `cargo test`...]
#
# A skipped test is one whose machine lacks something; with CI=true it fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

log=$(mktemp)
HERMES_TESTS_SKIPPED=$(mktemp)
export HERMES_TESTS_SKIPPED
trap 'rm -f "$log" "$HERMES_TESTS_SKIPPED"' EXIT

# First what the suites test, which they would otherwise wait for in silence.
if [ -z "${HERMES_HOST_BIN-}" ]; then
    cargo build --locked --package hermes-host || exit
    # With the features of the whole workspace, which the tests are built with:
    # its compiler takes minutes.
    cargo build --locked --workspace --bin hermes-plugin || exit
fi

cargo test --locked --no-fail-fast "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

# A skipped test is `ok` to the test runner; an ignored one is no test, but a
# process that another test runs.
skipped=$(wc -l <"$HERMES_TESTS_SKIPPED")
read -r passed failed < <(
    awk '/^test result: / {
        for (i = 2; i <= NF; i++) {
            if ($i ~ /^passed;/) passed += $(i - 1)
            if ($i ~ /^failed;/) failed += $(i - 1)
        }
    } END { print passed + 0, failed + 0 }' "$log"
)
# A suite that does not build, or that dies, has no result of its own.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
[ "$status" -ne 0 ] || [ $((passed + failed)) -gt 0 ] || { echo "error: no test ran" >&2; failed=1; }

sort "$HERMES_TESTS_SKIPPED"
echo "tests: $((passed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
