#!/usr/bin/env bash
# Packs what tests/gpu/check.sh needs on a machine that has Python's torch and nothing of attnsweep: after a build, into one file below 60 MB.
#   tests/gpu/pack.sh [attnsweep-gpu-check.tar.xz]        BUILD=DIR: another build than build/release
# On the other machine: tar xf, then tests/gpu/check.sh in its folder (tests/gpu/README.md).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
file=$(realpath "${1:-attnsweep-gpu-check.tar.xz}")
build=$(realpath "${BUILD:-$root/build/release}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/attnsweep-gpu-check
programs=(bin/attnsweep bin/attnsweep-run bin/attnsweep-trial bin/libattnsweep_cuda.so bin/golden_check tests/bin/operators_of_a_step
    tests/bin/device_check tests/bin/launches_of_a_step tests/bin/libfault_shim.so tests/model/model_replica_tests tests/model/nccl_collective_tests tests/model/cuda_plugin_tests)
others=(env.sh tests/gpu/check.sh tests/gpu/check/check.py tests/gpu/check/context.py tests/gpu/check/steps.py tests/gpu/check/report.py tests/gpu/README.md
    tests/golden/attention_layer.h5 tests/golden/network_narrow.h5 tests/faults/resume_everywhere.py tests/faults/sweep_under_test.py
    tests/bench/throughput/tones.py tests/bench/training/network.py tests/bench/training/pytorch_peer.py)
for each in "${programs[@]}"; do
    [ -e "$build/$each" ] || { echo "error: $build/$each is not there: build all targets first" >&2; exit 1; }
    install -D -s "$build/$each" "$pack/build/release/$each"
done
for each in "${others[@]}"; do install -D "$root/$each" "$pack/$each"; done
# Their libraries, but for glibc and what Python's torch has.
mkdir "$pack/lib"
for each in "${programs[@]}"; do ldd "$build/$each"; done | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
    grep -vE '/(libtorch[^/]*|libc10[^/]*|libcud[^/]*|libcupti[^/]*|libgomp|libc|libm|libdl|librt|libpthread|libresolv|libutil|ld-linux[^/]*)\.so' |
    while read -r library; do install -s "$library" "$pack/lib/"; done
tar -C "$work" -cJf "$file" attnsweep-gpu-check
size=$(($(stat -c %s "$file") / 1000000))
echo "$file: $size MB"
[ "$size" -lt 60 ] || { echo "error: it must stay below 60 MB" >&2; exit 1; }
