#!/usr/bin/env bash
# Measures how soon the commands answer (median of 21 runs, in ms, with `true` for comparison) and the memory of a rank in MB.
#   tests/bench/startup.sh STORE SWEEP SHARDS
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/env.sh"
store=$1 sweep=$2 shards=$3

median_ms() {
    for _ in $(seq 21); do
        local start=$EPOCHREALTIME
        "$@" >/dev/null 2>&1
        local end=$EPOCHREALTIME
        echo $(((${end/./} - ${start/./})))
    done | sort -n | awk 'NR==11{printf "%.1f", $1 / 1000}'
}

printf '%-10s %8s ms\n' true "$(median_ms /bin/true)"
printf '%-10s %8s ms\n' --help "$(median_ms attnsweep --help)"
printf '%-10s %8s ms\n' query "$(median_ms attnsweep query --store "$store")"
printf '%-10s %8s ms\n' status "$(median_ms attnsweep status --store "$store")"
printf '%-10s %8s ms\n' report "$(median_ms attnsweep report --store "$store")"
printf '%-10s %8s ms\n' plan "$(median_ms attnsweep plan "$sweep" --data "$shards" --store "$store")"
# The sweep is done: a rank opens everything it needs, and exits.
printf '%-10s %8s MB\n' rank "$(command time -f %M attnsweep-run "$sweep" --data "$shards" --store "$store" 2>&1 >/dev/null | tail -1 | awk '{printf "%.1f", $1 / 1024}')"
