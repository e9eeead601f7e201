#!/usr/bin/env bash
# Times the convolutions of a network, batch 16: forward, and backward to inputs and weights, by Winograd's algorithm and by libtorch's
# operator (oneDNN), to the weights of few channels also by plain sums, in turn. Prints medians of seconds and of the rounds' ratios: by the clock and, since other programs may
# run, by time of the processors.
#   tests/bench/convolution.sh [--rounds 3] [--first-filters 32] [--threads 1] [--map 87x252] [--bin build/release/bin]
# Its figures, and what was tried: docs/benchmarks.md.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
rounds=3 filters=32 threads=1 map=87x252 bin=$here/build/release/bin
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2 ;;
        --first-filters) filters=$2 ;;
        --threads) threads=$2 ;;
        --map) map=$2 ;;
        --bin) bin=$(realpath "$2") ;;
        *) echo "convolution.sh: $1 is not known; see the first lines of the script" >&2; exit 2 ;;
    esac
    shift 2
done
source "$here/tests/bench/build.sh"
build_bench convolution_bench "$bin"
"$(dirname "$bin")/tests/bench/convolution/convolution_bench" "$rounds" "$filters" "$threads" "${map%x*}" "${map#*x}"
