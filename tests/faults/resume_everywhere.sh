#!/usr/bin/env bash
# Interrupts trials after every batch, resumes each time in a new process, and compares what they leave with uninterrupted ones bit for
# bit: resume_everywhere.py says how. After a build; 20 to 40 minutes on 2 busy cores.
#   tests/faults/resume_everywhere.sh [--jobs N] [--sample]      --sample: what ctest runs
# BUILD=DIR: another build than build/release.
set -euo pipefail
cd "$(dirname "$0")/../.."
source env.sh
build=${BUILD:-build/release}
exec python3 tests/faults/resume_everywhere.py --bin "$build/bin" --shim "$build/tests/bin/libfault_shim.so" "$@"
