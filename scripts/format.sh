#!/usr/bin/env bash
# Formats every source as the test Format.EachSourceIsAsClangFormatWritesIt wants it.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/install.sh
install_formatter
find files configs data model scheduler store reports runner tests \( -name '*.cpp' -o -name '*.h' \) -print0 |
    xargs -0 .deps/clang-format/bin/clang-format -i
