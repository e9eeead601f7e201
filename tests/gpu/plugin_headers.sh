#!/bin/bash
# libattnsweep_cuda.so was compiled from the header wheels: none of its headers is of a CUDA toolkit, as some machines have one in /usr/local.
#   plugin_headers.sh BUILD_FOLDER
set -u
headers=$(ninja -C "$1" -t deps 2>/dev/null | awk '/^model\/cuda\/plugin\//{on = 1} /^$/{on = 0} on')
fail() { echo "error: $1"; exit 1; }
[ -n "$headers" ] || { echo "skipped: not built by ninja, or not yet"; exit 77; }
for header in cuda_runtime_api.h crt/host_defines.h; do
    grep -q "cuda-headers/nvidia/cu[0-9a-z_]*/include/$header" <<<"$headers" || fail "$header is not that of the wheels"
done
grep /usr/local/include <<<"$headers" && fail "these are not in the wheels"
exit 0
