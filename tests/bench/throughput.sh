#!/usr/bin/env bash
# Measures how many trials per second one rank places, runs and keeps, where a trial is /bin/true: a process each, its result a durable file, a row,
# an acknowledgement. For comparison, in the same rounds: HyperQueue and mpi4py.futures (PyPI; they keep nothing durable per task), and the machine's
# limits: posix_spawn of the same, and file + fsync + rename + fsync of the folder. Prints medians, and ratios of medians.
#   tests/bench/throughput.sh [--trials 2000] [--rounds 5] [--bin build/release/bin] [--folder /tmp]
# /bin/true leaves no result, so the rank writes one for it ("ended with exit status 0 and left no result"): that costs the rank more
# than a trial that writes its own.
# Last measured (2000 trials, 5 rounds, 2 cores, nothing else running): 1007 per second; HyperQueue 494 (2.04 x), mpi4py.futures 975 (1.03 x), posix_spawn
# 1139 (0.88 x), file + fsync + rename 2548. The targets are 3 x (missed), 1 x and half of the lesser of the last two (met). 3 x would be 1480 per second: two
# cores that only start /bin/true reach 2000, which leaves 0.35 ms of CPU time for everything else of a trial; it takes about 0.9.
# The start of the sweep is included, that of HyperQueue's server is not: with 4000 trials (2 rounds) 1097 per second and HyperQueue 657 (1.67 x); 3 x
# would be all that two cores can start.
# Tried, in this order: pooled threads for the disk, one transaction per batch, links instead of copies, 4 syncs per trial instead of 11, results made durable
# together, the slot released first (485 to 763 in the same minute), no JSON to oneself, /proc/vmstat read once per second; then one sync of the file system for
# many results (915 instead of 800 in the same minute), a starting thread per slot that keeps its cores (975), a failed result not read again and shorter,
# 20 ms of gathering instead of 10 (1058). No gain: waiting 5 to 20 ms before a transaction; starting on the loop's own thread (660). Half of the rest is the
# kernel and ld.so starting /bin/true, then making two folders and three files per trial, then JSON for order and result.
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
