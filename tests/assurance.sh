#!/usr/bin/env bash
# Runs the suites that attack the sandbox and ends with one table of what they
# tried and found: each prints its figures as `assurance: name=count...`.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

# Every fault at every effect, not a selection.
export HERMES_TESTS_EFFORT=full
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# The suites with figures, and the fuzz targets' short run.
mapfile -t suites < <(grep -l 'assurance' tests/suites/*/main.rs | sed 's#.*/\(.*\)/main.rs#\1#')
suites+=(short)
failed=()
for suite in "${suites[@]}"; do
    echo "assurance: running $suite" >&2
    # With the features of `make test`, or all of wasmtime is built once more.
    cargo test --locked --workspace --test "$suite" >"$logs/$suite" 2>&1 || failed+=("$suite")
    # A suite that tells nothing, or was skipped, has shown nothing.
    grep -q '^assurance: .*=' "$logs/$suite" || failed+=("$suite")
done

# What counts as a finding, by the names of the figures.
cd "$logs" && awk '
    BEGIN { printf "%-20s %-24s %10s\n", "SUITE", "FIGURE", "COUNT" }
    /^assurance: / {
        about = ""
        for (i = 2; i <= NF; i++) {
            if (split($i, figure, "=") < 2) { about = about $i " "; continue }
            name = about figure[1]
            gsub("-", " ", name)
            suite = FILENAME == "short" ? "fuzz" : FILENAME
            printf "%-20s %-24s %10d\n", suite, name, figure[2]
            if (name ~ /(escapes|violations|findings)$/ && name !~ /^control/) findings += figure[2]
            if (figure[1] == "hostile-backends") findings += figure[2]
            if (figure[1] == "contained") findings -= figure[2]
        }
    }
    END { printf "%-20s %-24s %10d\n", "all", "findings", findings; exit findings != 0 }
' "${suites[@]}"
found=$?
kernel=$(uname -r)
s6=$(dpkg-query --show --showformat='${Version}' s6 2>/dev/null || echo "of an unknown version")
echo "Taken on $(nproc) cores, Linux $kernel, s6 $s6."

for suite in "${failed[@]}"; do
    tail -n 40 "$suite" >&2
    echo "error: $suite failed" >&2
done
[ "$found" -eq 0 ] && [ ${#failed[@]} -eq 0 ]
