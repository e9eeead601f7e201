#!/bin/sh
# format.sh SOURCE_DIR: fails naming each source that clang-format (the pinned version) would change.
cd "$1" || exit 1
formatter=.deps/clang-format/bin/clang-format
[ -x $formatter ] || { echo "skipped: $formatter is not there (scripts/install.sh fetches it from PyPI)"; exit 77; }
sources=$(find files configs data model scheduler store reports runner tests -name '*.cpp' -o -name '*.h')
[ -n "$sources" ] || { echo "no source found below $1"; exit 1; }
# shellcheck disable=SC2086
if ! $formatter --dry-run -Werror $sources; then
    echo "run scripts/format.sh"
    exit 1
fi
