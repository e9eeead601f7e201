#!/usr/bin/env bash
# Trials a second that one rank places, runs and keeps, where a trial is /bin/true: a process each, its result a durable file, a row, an
# acknowledgement. Beside it in the same rounds: HyperQueue and mpi4py.futures (PyPI; they keep nothing durable a task), and what the machine itself
# allows: posix_spawn of the same, and file + fsync + rename + fsync of the folder. Medians, and ratios of medians.
#   tests/bench/throughput.sh [--trials 2000] [--rounds 5] [--bin build/release/bin] [--folder /tmp]
# /bin/true leaves no result, so the rank writes one for it ("ended with exit status 0 and left no result"): that costs the rank more
# than a trial that writes its own.
# Measured last (2000 trials, 3 rounds, 2 cores, nothing else running): 763 a second; HyperQueue 655 (1.16 x), mpi4py.futures 1026 (0.74 x), posix_spawn
# 1230 (0.62 x), file + fsync + rename 2327. The targets are 3 x and 1 x, both missed, and half of the lesser of the last two, met. Before the place of a
# trial was freed ahead of its result: 485 in the same minute. Tried: pooled threads for the disk, one transaction a batch, links instead of copies, 4
# syncs a trial instead of 11, results made durable together, the place freed first, no JSON to oneself, /proc/vmstat read once a second. With fsync
# doing nothing at all it would be 940. Of what is left more than half is the kernel starting /bin/true (a process a trial cannot be had for less),
# then syncs and their switches of threads, then JSON for order and result. Untried: syncfs instead of three syncs a result, handing a failed result to
# the store without reading its file again.
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
{
    tiny_sweep true "$repeats" 1
    cat <<'TOML'
"model.attention_ratio" = [0, 0.25, 0.5, 0.75]
TOML
} >"$work/sweep.toml"
exec python3 "$here/tests/bench/throughput/rounds.py" --work "$work" --bin "$bin" --trials $((4 * repeats)) --rounds "$rounds" \
    --peers "$work/peers/bin/python" --mpirun "$(command -v mpirun)" --mpi-lib "$here/.deps/lib"
