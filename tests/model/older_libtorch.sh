#!/bin/bash
# Builds the networks and the trial program against the libtorch for older drivers (2.10, CUDA 12; its CPU set) and runs their tests. Not
# part of CI: it fetches 1 GB and compiles for as long as the build itself.
#   tests/model/older_libtorch.sh [FOLDER]     FOLDER: for libtorch and the build, build/older_libtorch by default
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/install.sh
folder=$(realpath -m "${1:-build/older_libtorch}")
[ -x .deps/bin/pip ] || install_wheels cpu
torch_with_cuda_12
if [ "$(cat "$folder/libtorch/installed" 2>/dev/null)" != "$torch_version" ]; then
    say "Fetching libtorch $torch_version into $folder/libtorch"
    mkdir -p "$folder"
    python3 -m venv "$folder/libtorch"
    "$folder/libtorch/bin/pip" install --disable-pip-version-check -q --no-deps "${cpu_set[@]}"
    echo "$torch_version" >"$folder/libtorch/installed"
fi
torch=$(echo "$folder"/libtorch/lib/python3*/site-packages/torch)
install_cuda_headers "$folder/cuda-headers"
cmake --preset release -B "$folder/build" -DTorch_ROOT="$torch" -DATTNSWEEP_CUDA_HEADERS="$folder/cuda-headers" -DATTNSWEEP_TESTS=ON
cmake --build "$folder/build" -j "$(nproc)" --target tests/model/all model/cuda/plugin/all tests/runner/trial/all attnsweep-trial
"$PWD/tests/gpu/plugin_headers.sh" "$folder/build"
"$folder/build/bin/attnsweep-trial" --version | grep -F "libtorch $torch_version"
ctest --test-dir "$folder/build/tests/model" --output-on-failure
ctest --test-dir "$folder/build/tests/runner/trial" --output-on-failure -R 'Training|Prediction'
