#!/usr/bin/env bash
# Measures queries on a large store: one sweep of 100 configurations, every trial done, ten epochs each; first 10,000 trials, then
# 100,000 with a million epochs. Prints medians of several rounds in seconds, peak memory, and bytes written. Memory that does not grow
# from the first to the second does not depend on the number of rows.
# Measured on 2 cores, nothing else running, CPU seconds, 10,000 and 100,000 trials: report 0.11 and 0.81, 27 MB both; report
# --out 1.01 and 1.67, 32 and 34 MB, of which gnuplot takes 0.4 s; query filtered 0.05 and 0.48, 26 and 32 MB; all as CSV 0.10 and 0.98, as
# a table 0.11 and 0.96, 28 and 35 MB; by configuration 0.07 and 0.67; show and compare 0.1 at most. With another program on the cores up
# to a quarter more.
# On another processor (Xeon, Sapphire Rapids, nothing else running, 1 December 2026): report 0.25 and 1.77, 27 MB both; report --out 1.41 and
# 3.39, 38 and 43 MB; query filtered 0.08 and 0.74; all as CSV 0.15 and 1.78, 30 and 36 MB; by configuration 0.09 and 1.19; status 0.9.
#   tests/bench/store.sh [--repeats 1000] [--rounds 5] [--bin build/release/bin] [--folder /tmp]
set -euo pipefail
size_option=repeats repeats=1000
source "$(dirname "$0")/on_tones.sh"
source "$here/tests/bench/finished/store.sh"
for count in $((repeats / 10)) "$repeats"; do
    finished_store "$work/$count" "$count"
    ask() {
        local name=$1 expected=$2
        shift 2
        printf '%s\t' "$name" "$expected" "$bin/attnsweep" "$@" --store
        echo "$work/$count/results.db"
    }
    echo "$((100 * count)) trials"
    {
        ask "report" "est metrics of sweep" report
        ask "report --format csv" "accuracy_mean" report --format csv
        ask "report --out DIR" "index.html" report --out "$work/report"
        ask "query --where, sorted, 20 rows" "stft-r0" query --where "attention_ratio = 0 and accuracy > 0.8" --sort -accuracy --limit 20
        ask "query, all as a table" "stft-r0" query
        ask "query, all as CSV" "stft-r0" query --format csv
        ask "query, all as JSON lines" "stft-r0" query --format jsonl
        ask "query --sql, by configuration" "stft-r0" query --sql "SELECT configuration, count(*), avg(accuracy) FROM trial_overview GROUP BY 1"
        ask "query --sql, the summary's view" "stft-r0" query --sql "SELECT * FROM configuration_summary"
        ask "query --sql, over the epochs" "10" query --sql "SELECT epoch, count(*), avg(validation_accuracy) FROM epochs GROUP BY 1"
        ask "show" "stft-r0-lr0.001-s1" show stft-r0-lr0.001-s1
        ask "compare two configurations" "cqt-r0-lr0.001" compare stft-r0-lr0.001 cqt-r0-lr0.001
        ask "compare two trials" "cqt-r0-lr0.001-s1" compare stft-r0-lr0.001-s1 cqt-r0-lr0.001-s1
        ask "status" "done" status
    } | python3 "$here/tests/bench/finished/medians.py" "$rounds"
done
