#!/usr/bin/env bash
# Times training, in clips per second: attnsweep (`attnsweep trial --max-batches`) beside PyTorch, eager, and Keras on TensorFlow with the
# same networks, batch 16, float32. In turn, round by round; prints medians, and the medians of the rounds' ratios: by the clock and, in
# brackets, by processor time, which other programs disturb less; and the peak memory of the processes.
#   tests/bench/training.sh [--rounds 3] [--case PART OF ITS NAME] [--avx2] [--no-keras] [--python VENV/bin/python] [--bin build/release/bin] [--folder /tmp]
# --avx2: without AVX-512 in attnsweep and PyTorch; TensorFlow's own kernels take what the processor has. Without --python the peers are fetched from PyPI into an environment of their own (5 GB).
# Its figures, and what was tried: docs/benchmarks.md.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
bin=$here/build/release/bin folder=${TMPDIR:-/tmp} python='' keras=--keras rest=()
while [ $# -gt 0 ]; do
    case $1 in
        --rounds | --case) rest+=("$1" "$2"); shift ;;
        --avx2) rest+=("$1") ;;
        --no-keras) keras='' ;;
        --python) python=$2; shift ;;
        --bin) bin=$(realpath "$2"); shift ;;
        --folder) folder=$2; shift ;;
        *) echo "training.sh: $1 is not known; see the first lines of the script" >&2; exit 2 ;;
    esac
    shift
done
work=$(mktemp -d "$folder/attnsweep-training-XXXXXX")
trap 'rm -rf "$work"' EXIT
source "$here/env.sh"
if [ -z "$python" ]; then
    python3 -m venv "$work/peers"
    python=$work/peers/bin/python
    "$python" -m pip -q install "torch==2.11.*" ${keras:+tensorflow} >"$work/pip.log" 2>&1 || {
        cat "$work/pip.log" >&2
        echo "training.sh: the peers could not be installed" >&2
        exit 1
    }
fi
python3 "$here/tests/bench/throughput/tones.py" "$work/audio" 60
"$bin/attnsweep" ingest "$work/audio" --out "$work/shards" >"$work/ingest.log" 2>&1 || {
    cat "$work/ingest.log" >&2
    exit 1
}
for filters in 8 32; do
    cat >"$work/$filters.toml" <<TOML
[sweep]
name = "training-$filters"
[model]
first_filters = $filters
[axes]
"data.spectrogram" = ["stft", "cqt"]
"model.attention_ratio" = [0.0, 0.25]
TOML
done
python3 "$here/tests/bench/training/rounds.py" --bin "$bin" --work "$work" --python "$python" $keras "${rest[@]}"
