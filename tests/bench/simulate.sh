#!/usr/bin/env bash
# The scheduler on 4,096 devices with 100,000 trials: within what of the bound, how many messages and rows a second, how long it
# takes to simulate. A table, and the seconds and MB of the whole command.
#   tests/bench/simulate.sh [SEED]
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/env.sh"
command time -f '%e s, %M kB' attnsweep simulate --devices 4096 --trials 100000 --failures 6.5 --seed "${1:-1}"
