#!/usr/bin/env bash
# Simulates the scheduler with 100,000 trials on 4,096 devices: distance from the lower bound, messages and rows per second, time of the
# simulation. Prints a table, and the seconds and MB of the whole command.
#   tests/bench/simulate.sh [SEED]
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/env.sh"
command time -f '%e s, %M kB' attnsweep simulate --devices 4096 --trials 100000 --failures 6.5 --seed "${1:-1}"
