#!/bin/bash
# Checks what can be known of GPUs without one: with the CUDA set of libraries, and a stand-in for the driver's library. Not part of CI: it
# fetches 4.6 GB. Run it after a build (./test.sh, or cmake --build --preset release).
#   tests/gpu/without_a_gpu.sh [FOLDER]     FOLDER: for the CUDA set, build/cuda_set by default
set -uo pipefail
cd "$(dirname "$0")/../.."
source scripts/install.sh
folder=$(realpath -m "${1:-build/cuda_set}")
tools=build/release/tests
failures=0

if [ "$(cat "$folder/installed" 2>/dev/null)" != "$torch_version" ]; then
    say "Fetching the CUDA set of libtorch $torch_version into $folder"
    mkdir -p "$folder"
    python3 -m venv "$folder" && "$folder/bin/pip" install --disable-pip-version-check -q "torch==$torch_version" &&
        echo "$torch_version" >"$folder/installed" || fail "pip failed; run the same command again"
fi
libraries=$(echo "$folder"/lib/python3*/site-packages)
torch=$libraries/torch/lib

# with_cuda_set COMMAND...: the programs as built, but with the libtorch of the CUDA set: the same version, so the same interfaces.
with_cuda_set() { LD_PRELOAD="$torch/libc10.so $torch/libtorch_cpu.so" "$@"; }
# with_driver CUDA COMMAND...: with a driver that supports CUDA up to this version, and no GPU
with_driver() { STAND_IN_DRIVER_CUDA=$1 LD_LIBRARY_PATH=$tools/libcuda with_cuda_set "${@:2}"; }

# check NAME EXPECTED-EXIT-CODE WORDS COMMAND...: its output must contain the words.
check() {
    local name=$1 code=$2 words=$3 output got
    shift 3
    output=$("$@" 2>&1)
    got=$?
    if [ "$got" -eq "$code" ] && grep -qF -- "$words" <<<"$output"; then
        printf 'passed  %s: %s\n' "$name" "$(grep -m1 -oE ".{0,60}$(sed 's/[][().*^$+?{|\\]/\\&/g' <<<"$words").{0,90}" <<<"$output")"
    else
        printf 'FAILED  %s: exit code %s instead of %s, or without "%s":\n%s\n' "$name" "$got" "$code" "$words" "$(tail -5 <<<"$output")"
        failures=$((failures + 1))
    fi
}

say "Loading libtorch's CUDA part"
check "before the first operator it registers its own" 0 "cuDNN 9." with_driver 13000 $tools/bin/operators_of_a_step --with-cuda
export CUBLAS_WORKSPACE_CONFIG=:0:0  # of other programs; cuBLAS is not deterministic with it
check "cuBLAS gets a workspace with which it is deterministic" 0 "workspace :4096:8" with_driver 13000 $tools/bin/operators_of_a_step --with-cuda
unset CUBLAS_WORKSPACE_CONFIG
check "after the first operator it is too late" 2 "without" with_driver 13000 $tools/bin/operators_of_a_step --cuda-too-late

say "The plugin for GPUs"
# plugin_loads: in a process with libtorch's CUDA part.
plugin_loads() {
    with_driver 13000 build/release/bin/attnsweep-trial doctor | python3 -c '
import json, sys
plugin = json.load(sys.stdin)["cuda"]["plugin"]
print("why:", plugin["why"] or "it is loaded")'
}
check "libattnsweep_cuda.so finds all it needs" 0 "why: it is loaded" plugin_loads
nccl=$libraries/nvidia/nccl
prototypes() {
    g++ -std=c++20 -fsyntax-only -I. -isystem "$nccl/include" -isystem .deps/cuda-headers/nvidia/cu13/include -isystem .deps/cuda-headers/nvidia/cu13/include/cccl \
        "$@" tests/gpu/nccl_prototypes.cpp && echo equal
}
check "NCCL's prototypes are those of nccl.h" 0 "equal" prototypes
check "a wrong one would be seen" 1 "static assertion failed" prototypes -DWRONG_PROTOTYPE
functions=$(grep -oE '"nccl[A-Za-z]+"' model/cuda/plugin/nccl_exchange.cpp | tr -d '"' | sort -u)
symbols() { comm -23 <(echo "$functions") <(nm -D --defined-only "$nccl/lib/libnccl.so.2" | awk '{print $3}' | sort); }
check "libnccl.so.2 has the $(wc -l <<<"$functions") functions that it takes" 1 "" grep . < <(symbols)

say "Operators of a training step, an evaluation and a prediction"
operators=$(with_driver 13000 $tools/bin/operators_of_a_step --with-cuda)
check "dozens are recorded with one" 0 "aten::convolution_backward" grep ' CUDA$' <<<"$operators"
check "none is without a kernel for GPUs" 1 "" grep "NO KERNEL FOR GPUS" <<<"$operators"
printf '%s recorded, %s with a kernel for GPUs or composed of such\n' "$(grep -c '^aten::' <<<"$operators")" "$(grep -c ' CUDA$' <<<"$operators")"

say "What a trial says of its GPUs"
check "no driver" 0 "there is no NVIDIA driver here" with_cuda_set build/release/bin/attnsweep-trial doctor
check "a driver for CUDA 12.4" 0 "the NVIDIA driver supports CUDA up to 12.4, this libtorch needs CUDA 13" with_driver 12040 build/release/bin/attnsweep-trial doctor
check "a driver and no GPU" 0 "libtorch sees no GPU" with_driver 13000 build/release/bin/attnsweep-trial doctor

say "Words by which failures are classified (runner/trial/cuda_failures.cpp)"
words=$(sed -n '/library_words{/,/^};/p' runner/trial/cuda_failures.cpp | grep -oE '"[^"]+"' | tr -d '"' | sort)
made_up="no library says this"
found=$(find -L "$torch" "$libraries/nvidia" -name '*.so*' -type f -exec grep -aohF -f <(printf '%s\n' "$words" "$made_up") {} + | sort -u)
check "all $(wc -l <<<"$words") are in a library of the CUDA set" 1 "" grep . < <(comm -23 <(echo "$words") <(echo "$found"))
check "and words that no library has are not" 1 "" grep -qxF "$made_up" <<<"$found"

[ "$failures" -eq 0 ] && say "Passed" || fail "$failures checks failed"
