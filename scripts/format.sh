#!/usr/bin/env bash
# Formats every source with the one clang-format that decides (.deps/clang-format; fetched where it is missing).
#   scripts/format.sh [--check]
# --check   change nothing and fetch nothing: fail naming each source that would change; 77 where that clang-format is missing
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/install.sh
formatter=.deps/clang-format/bin/clang-format
how=(-i)
case ${1:-} in
    '') install_formatter ;;
    --check) how=(--dry-run -Werror) ;;
    *) fail "unknown option $1; scripts/format.sh [--check]" ;;
esac
[ -x $formatter ] || { echo "skipped: $formatter is not there (scripts/install.sh fetches it from PyPI)"; exit 77; }
mapfile -t sources < <(find files configs data model scheduler store reports runner tests -name '*.cpp' -o -name '*.h')
[ ${#sources[@]} -gt 0 ] || fail "no source found below $PWD"
$formatter "${how[@]}" "${sources[@]}" || fail "run scripts/format.sh"
