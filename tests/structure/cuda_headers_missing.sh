#!/bin/bash
# CUDA's headers that pip cannot fetch are named and left out: whoever has no GPU installs all the same.
#   cuda_headers_missing.sh SOURCE_FOLDER
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/scripts" "$folder/.deps/bin" && cp "$1/scripts/install.sh" "$folder/scripts/" && cd "$folder" || exit 1
failed=0
# install PIP'S-ENDING: what the scripts do, with a pip that leaves half of the files.
install() {
    printf '#!/bin/sh\nmkdir -p .deps/cuda-headers/nvidia/cu13/include\necho "no route to host"\nexit %s\n' "$1" >.deps/bin/pip
    chmod +x .deps/bin/pip
    bash -c 'set -euo pipefail; source scripts/install.sh; install_cuda_headers; echo "goes on"' 2>&1
}
expect() {  # expect WORDS SAID
    [[ $2 == *"$1"* ]] || { echo "error: expected '$1', found: $2"; failed=1; }
}
said=$(install 1)
expect "cannot be installed (.deps/cuda-headers.log): libattnsweep_cuda.so" "$said"
expect "goes on" "$said"
expect "no route to host" "$(cat .deps/cuda-headers.log)"
[ ! -e .deps/cuda-headers ] || { echo "error: half of the headers are left"; failed=1; }
expect "goes on" "$(install 0)"
[ -e .deps/cuda-headers/installed ] || { echo "error: the second time it does not try again"; failed=1; }
exit $failed
