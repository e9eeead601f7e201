#!/usr/bin/env bash
# Feeds 100,000 changed files to each reader of users' files, under ASan and UBSan (tests/fuzz/fuzz.cpp).
#   tests/faults/fuzz.sh [COUNT] [TARGET...]      builds in build/fuzz; one line a target
set -euo pipefail
cd "$(dirname "$0")/../.."
source env.sh
count=${1:-100000}
shift || true
cmake --preset dev -B build/fuzz -DATTNSWEEP_UNITY=ON -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' >/dev/null
cmake --build build/fuzz --target fuzz
fuzz=$(find "$PWD/build/fuzz" -name fuzz -type f -executable)
read -ra targets <<< "${*:-$("$fuzz" list | tr '\n' ' ')}"
failed=0
for target in "${targets[@]}"; do
    "$fuzz" "$target" "$count" "${SEED:-$RANDOM}" || failed=1
done
exit $failed
