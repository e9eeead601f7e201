#!/usr/bin/env bash
# Times attention, forward and backward, batch 16, 8 heads: the tiled kernel on each instruction set that this processor has, beside
# libtorch with autograd: in chunks as model/attention.cpp, and explicitly, with all weights at once (8 GB). In the same rounds, in turn;
# prints medians, and the medians of the rounds' ratios: by the clock and, since other programs may run, by time of the processors.
#   tests/bench/attention.sh [--rounds 5] [--peer chunked|explicit] [--case PART OF ITS NAME] [--bin build/release/bin]
# Its figures, and what was tried: docs/benchmarks.md.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
rounds=5 peer=explicit part='' bin=$here/build/release/bin
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2 ;;
        --peer) peer=$2 ;;
        --case) part=$2 ;;
        --bin) bin=$(realpath "$2") ;;
        *) echo "attention.sh: $1 is not known; see the first lines of the script" >&2; exit 2 ;;
    esac
    shift 2
done
source "$here/tests/bench/build.sh"
build_bench attention_bench "$bin"
"$(dirname "$bin")/tests/bench/attention/attention_bench" "$rounds" "$peer" "$part"
