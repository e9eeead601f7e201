#!/usr/bin/env bash
# Installs what is missing, builds, runs every test; its last lines are ctest's summary.
#   ./test.sh [ctest's options, such as -R scheduler]
set -euo pipefail
cd "$(dirname "$0")"
source scripts/install.sh

install_packages "${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}"
install_wheels auto
install_cuda_headers
install_readers
install_formatter
configure -DATTNSWEEP_TESTS=ON
build
source env.sh
say "Testing"
log=$PWD/build/release/tests
rm -f "$log.xml"
ctest --preset release -j "$(nproc)" --output-junit "$log.xml" "$@" | tee "$log.log" || {
    code=$?
    [ ! -e "$log.xml" ] || python3 scripts/failed_tests.py "$log.xml" "$log.log"
    exit $code
}
