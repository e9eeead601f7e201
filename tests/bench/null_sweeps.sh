#!/bin/sh
# Counts how often `attnsweep compare` calls equal configurations different; each line is 1,000 simulated sweeps.
# Usage: tests/bench/null_sweeps.sh [build/release]
exec "${1:-build/release}/tests/reports/reports_tests" --gtest_brief=1 --gtest_filter='NullSweeps.*'
