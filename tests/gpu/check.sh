#!/usr/bin/env bash
# The one command for the day a GPU is at hand: checks results, resumption, speed and memory on it, and writes a report.
#   tests/gpu/check.sh [--short] [--device cuda|cpu] [--out DIR] [--only STEP,STEP] [--python VENV/bin/python] [--list]
# --short      at most 8 minutes on one GPU; without it, no limit in all
# --device     cpu: without a GPU, what can be run is run against the CPU; default: cuda where there is one
# --out        where report.md, report.json and each step's log go; default: gpu-check
# --python     of an environment with PyTorch, for the comparison with it; default: python3
# BUILD=DIR: another build than build/release. Runs after a build, or from what pack.sh packed for a bare machine (tests/gpu/README.md). Exit code 0: no step failed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
case " $* " in *" -h "* | *" --help "*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
source "$root/env.sh"
export BUILD=$(realpath "${BUILD:-$root/build/release}")
export ATTNSWEEP_CUDA_PLUGIN=${ATTNSWEEP_CUDA_PLUGIN:-$BUILD/bin/libattnsweep_cuda.so}
if [ -d "$root/lib" ]; then  # packed: the libraries beside it, and Python's torch
    python=python3
    for ((i = 1; i <= $#; i++)); do [ "${!i}" = --python ] && j=$((i + 1)) && python=${!j}; done
    torch=$("$python" -c 'import importlib.util; print(importlib.util.find_spec("torch").submodule_search_locations[0])') ||
        { echo "error: $python has no torch; install torch==2.11.0, or name another with --python" >&2; exit 2; }
    export LD_LIBRARY_PATH=$root/lib:$torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
exec python3 -B "$root/tests/gpu/check/check.py" "$@"
