#!/bin/bash
# Which libtorch scripts/install.sh takes for which driver and GPU, and that it refuses before it fetches 4.6 GB.
#   torch_for_driver.sh SOURCE_FOLDER
set -u
cd "$1" || exit 1
failed=0
expect() {  # expect DRIVER CAPABILITY WORDS
    local said
    said=$(source scripts/install.sh; choose_torch "$1" "$2" 2>&1 && echo "torch $torch_version, ${cpu_set[0]}" || echo "refused, torch $torch_version")
    [[ $said == *"$3"* ]] || { echo "error: driver '$1', GPU '$2': expected '$3', found: $said"; failed=1; }
}
expect 580.65.06 9.0 "torch 2.11.0, torch==2.11.0"
expect 1000.1 10.0 "torch 2.11.0"
expect "" "" "torch 2.11.0"
expect 579.99 8.0 "driver here, 579.99, is older than 580"
expect 535.129.03 8.0 "torch 2.10.0, torch==2.10.0"
expect 580.65.06 7.0 "torch 2.10.0"
expect 580.65.06 7.0 "capability 7.0, below 7.5"
expect 470.82 8.0 "too old for libtorch: update it to 525"
expect 470.82 8.0 "refused"
expect 580.65.06 6.1 "needs 7.0 (Volta) or later"
expect 580.65.06 6.1 "refused, torch 2.10.0"
expect 525.60 "" "torch 2.10.0"
exit $failed
