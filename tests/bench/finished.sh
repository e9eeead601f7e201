#!/usr/bin/env bash
# Measures how long `run`, `plan` and `status` take on a sweep of 100,000 trials that are all done, ten epochs each. Medians of several
# rounds, in seconds, and the peak memory.
# Measured on 2 cores, nothing else running: run 0.71 s, 96 MB; plan 1.31 s, 229 MB; status 0.50 s, 24 MB.
#   tests/bench/finished.sh [--repeats 1000] [--rounds 5] [--bin build/release/bin] [--folder /tmp]
set -euo pipefail
size_option=repeats repeats=1000
source "$(dirname "$0")/on_tones.sh"
source "$here/tests/bench/finished/store.sh"
finished_store "$work/all" "$repeats"
store="--store"$'\t'"$work/all/results.db" sweep="$work/all/sweep.toml"$'\t'"--data"$'\t'"$work/shards"
{
    printf '%s\t' run "nothing to run" "$bin/attnsweep" run "$sweep"; echo "$store"
    printf '%s\t' plan done "$bin/attnsweep" plan "$sweep"; echo "$store"
    printf '%s\t' status done "$bin/attnsweep" status; echo "$store"
} | python3 "$here/tests/bench/finished/medians.py" "$rounds"
