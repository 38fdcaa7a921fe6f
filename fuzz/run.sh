#!/usr/bin/env bash
# Fuzzes targets with libFuzzer, one after another on one core, and prints a row
# for each:
#
#   fuzz/run.sh [target...]
#
# Each runs 10 million times or for 20 minutes, whichever is first; $FUZZ_RUNS
# and $FUZZ_SECONDS are other bounds. Works on the stable toolchain, hence
# without sanitizers: all that is fuzzed is safe Rust. What is found is left,
# minimised, in fuzz/artifacts/.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

command -v cargo-fuzz >/dev/null || {
    echo "error: cargo-fuzz is not installed" >&2
    echo "  hint: cargo install --locked cargo-fuzz" >&2
    exit 1
}
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

# Passes over the whole program, or a crate, would take longer than they save.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_PROFILE_RELEASE_STRIP=none
options=(--sanitizer none --features libfuzzer)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What a target leaves in the file system goes with the rest.
export TMPDIR=$work

cargo fuzz build "${options[@]}" >"$work/build.log" 2>&1 || {
    cat "$work/build.log" >&2
    exit 1
}
printf '%-18s %12s %8s %8s %8s %8s\n' TARGET EXECUTIONS SECONDS EDGES PEAK-MB FINDINGS
failed=0
for target in "${targets[@]}"; do
    log=$work/$target.log
    # New inputs go to a corpus of this run; the seeds stay as they are.
    mkdir "$work/$target"
    nice -n 19 cargo fuzz run "${options[@]}" "$target" "$work/$target" "fuzz/corpus/$target" -- \
        "-runs=${FUZZ_RUNS:-10000000}" "-max_total_time=${FUZZ_SECONDS:-1200}" \
        -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 >"$log" 2>&1
    status=$?
    awk -v target="$target" -v status="$status" '
        /^stat::number_of_executed_units/ { executions = $2 }
        /^stat::peak_rss_mb/ { peak = $2 }
        /^#[0-9].* cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
        /^Done [0-9]+ runs in / { seconds = $5 }
        END {
            printf "%-18s %12d %8d %8d %8d %8d\n", \
                target, executions, seconds, edges, peak, status != 0
        }' "$log"
    if [ "$status" -ne 0 ]; then
        failed=1
        tail -n 30 "$log" >&2
        found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
        [ -z "$found" ] || cargo fuzz tmin "${options[@]}" "$target" "$found" >&2
    fi
done
exit "$failed"
