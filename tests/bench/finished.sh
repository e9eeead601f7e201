#!/usr/bin/env bash
# 100,000 trials of a sweep, all done, ten epochs each: how long `run` takes to see that nothing is left, and `plan` and `status` beside
# it. Medians of several, in seconds, and the memory of each. The store is filled row by row, without training.
# Measured on an idle machine of 2 cores: run 1.05 s, 108 MB; plan 2.33 s, 325 MB; status 0.31 s, 24 MB.
#   tests/bench/finished.sh [--repeats 1000] [--rounds 5] [--bin build/release/bin] [--folder /tmp]
set -euo pipefail
size_option=repeats repeats=1000
source "$(dirname "$0")/on_tones.sh"
cat >"$work/sweep.toml" <<TOML
[sweep]
name = "finished"
repeats = $repeats
[data]
test_fraction = 0.2
validation_fraction = 0.2
[model]
first_filters = 4
heads = 2
dense_sizes = [16]
[training]
max_epochs = 10
[axes]
"data.spectrogram" = ["stft", "cqt"]
"model.attention_ratio" = [0, 0.25, 0.5, 0.75, 1]
"training.learning_rate" = [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01]
TOML
# A limit that has passed already: the sweep is recorded, nothing is started.
"$bin/attnsweep" run "$work/sweep.toml" --data "$work/shards" --store "$work/results.db" --time-limit 0:01 >"$work/record.log" 2>&1 || true
python3 "$here/tests/bench/finished/fill.py" "$work/results.db"
python3 - "$rounds" "$work" "$bin" <<'PYTHON'
import re, statistics, subprocess, sys
rounds, work, program = int(sys.argv[1]), sys.argv[2], sys.argv[3] + "/attnsweep"
sweep = [f"{work}/sweep.toml", "--data", f"{work}/shards", "--store", f"{work}/results.db"]
for name, words, expected in [("run", ["run", *sweep], "nothing to run"), ("plan", ["plan", *sweep], "done"),
                              ("status", ["status", "--store", f"{work}/results.db"], "done")]:
    seconds, kilobytes = [], 0
    for _ in range(rounds):
        done = subprocess.run(["/usr/bin/time", "-f", "%e %M", program, *words], capture_output=True, text=True)
        if expected not in done.stdout:
            sys.exit(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        took, size = done.stderr.split()[-2:]
        seconds.append(float(took))
        kilobytes = max(kilobytes, int(size))
    print(f"{name:7} {statistics.median(seconds):6.2f} s {kilobytes / 1e3:7.0f} MB")
PYTHON
