#!/usr/bin/env bash
# Trials a second that one rank places, runs and keeps, where a trial is /bin/true: a process each, its result a durable file, a row, an
# acknowledgement. Beside it in the same rounds: HyperQueue and mpi4py.futures (PyPI; they keep nothing durable a task), and what the machine itself
# allows: posix_spawn of the same, and file + fsync + rename + fsync of the folder. Medians, and ratios of medians.
#   tests/bench/throughput.sh [--trials 2000] [--rounds 5] [--bin build/release/bin] [--folder /tmp]
# /bin/true leaves no result, so the rank writes one for it ("ended with exit status 0 and left no result"): that costs the rank more
# than a trial that writes its own.
# Measured last (1000 trials, 3 rounds, an idle machine of 2 cores): 468 a second; HyperQueue 497 (0.94 x), mpi4py.futures 1749 (0.27 x), posix_spawn
# 2108, file + fsync + rename 1953 (0.24 x). The targets are 3 x, 1 x and half of the lesser of the last two: missed. Tried so far: pooled threads
# for the disk, one transaction a batch, links instead of copies, 4 syncs a trial instead of 11. Most of the rank's time is the kernel's, in the
# file system; untried: publishing results in batches, a slot that is free before its result is durable, fewer folders a trial.
set -euo pipefail
size_option=trials trials=2000
source "$(dirname "$0")/on_tones.sh"

python3 -m venv "$work/peers" >/dev/null
"$work/peers/bin/pip" -q install hyperqueue==0.27.0 mpi4py==4.1.2 2>"$work/pip.log" || {
    cat "$work/pip.log" >&2
    echo "throughput.sh: the peers could not be installed" >&2
    exit 1
}

repeats=$(((trials + 3) / 4))
cat >"$work/sweep.toml" <<TOML
[sweep]
name = "true"
repeats = $repeats
[data]
test_fraction = 0.2
validation_fraction = 0.2
[model]
first_filters = 4
heads = 2
dense_sizes = [16]
[training]
max_epochs = 1
[axes]
"model.attention_ratio" = [0, 0.25, 0.5, 0.75]
TOML
exec python3 "$here/tests/bench/throughput/rounds.py" --work "$work" --bin "$bin" --trials $((4 * repeats)) --rounds "$rounds" \
    --peers "$work/peers/bin/python" --mpirun "$(command -v mpirun)" --mpi-lib "$here/.deps/lib"
