#!/usr/bin/env bash
# Feeds 100,000 changed files to each reader of users' files, under ASan and UBSan (tests/fuzz/fuzz.cpp), then 1,000 to each program
# that takes such files, as the release build has it (fuzzed_programs.py). One line a target; a file that finds a fault is kept.
#   tests/faults/fuzz.sh [COUNT] [TARGET...]      builds the readers in build/fuzz; the programs must be built
# SEED=N: the files follow from it. PROGRAMS=N: that many files a program; 0: none.
set -euo pipefail
cd "$(dirname "$0")/../.."
source env.sh
count=${1:-100000}
shift || true
seed=${SEED:-$RANDOM}
programs=${PROGRAMS:-1000}
# GCC 12 warns of uninitialised values within std::regex where sanitizers keep it from seeing more.
cmake --preset dev -B build/fuzz -DATTNSWEEP_UNITY=ON -DATTNSWEEP_WARNINGS_AS_ERRORS=OFF -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' >/dev/null
cmake --build build/fuzz --target fuzz
fuzz=$PWD/build/fuzz/tests/fuzz/fuzz
read -ra targets <<< "${*:-$("$fuzz" list | tr '\n' ' ')}"
# Each file is written twice, in place of the one before: in memory that is many times as fast. A container may have next to none.
if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 1000000 ] 2>/dev/null; then
    export TMPDIR=/dev/shm
fi
echo "seed $seed"
failed=0
for target in "${targets[@]}"; do
    "$fuzz" "$target" replay && "$fuzz" "$target" "$count" "$seed" || failed=1
done
if [ "$programs" -gt 0 ] && [ $# -eq 0 ]; then
    python3 tests/faults/fuzzed_programs.py --bin build/release/bin --fuzz "$fuzz" --count "$programs" --seed "$seed" || failed=1
fi
exit $failed
