#!/usr/bin/env bash
# Runs clang-tidy with the repository's .clang-tidy over every source of a build, product and tests; its last line counts the findings.
# Not part of CI: about half an hour on two cores.
#   scripts/tidy.sh [REGEX]     REGEX: only sources whose path matches, such as scheduler/
# The release build must be configured, with tests. Sources of a unity build are read together, as the compiler does.
set -euo pipefail
cd "$(dirname "$0")/.."
tidy=$(command -v clang-tidy || command -v clang-tidy-14) || { echo "clang-tidy is missing: apt-get install clang-tidy" >&2; exit 1; }
build=build/release
log=$build/clang_tidy/log
mkdir -p $build/clang_tidy
# sources REGEX: writes the commands by which clang can read the sources, and lists those that match. GCC's precompiled header is not
# clang's; a source of a unity build includes sources by design; GCC's own warnings are GCC's to judge (-w).
sources() {
    python3 - $build/compile_commands.json $build/clang_tidy/compile_commands.json "${1:-.}" <<'PYTHON'
import json, re, sys
entries = [entry for entry in json.load(open(sys.argv[1])) if "cmake_pch" not in entry["file"]]
for entry in entries:
    entry["command"] = re.sub(r"-include \S*cmake_pch\.hxx", "-include torch/torch.h", entry["command"]).replace("-Winvalid-pch", "")
json.dump(entries, open(sys.argv[2], "w"))
print(*sorted({entry["file"] for entry in entries if re.search(sys.argv[3], entry["file"])}), sep="\n")
PYTHON
}
chosen=$(sources "$@")
[ -n "$chosen" ] || { echo "no source matches $*" >&2; exit 1; }
read_all=1
xargs -P "$(nproc)" -n 1 "$tidy" -p $build/clang_tidy --quiet --extra-arg=-w --extra-arg=-Wno-unknown-warning-option --checks=-bugprone-suspicious-include \
    <<<"$chosen" >$log 2>&1 || read_all=0  # also where something was found
if grep -q '^Error while processing' $log || { [ $read_all = 0 ] && ! grep -q ': warning: ' $log; }; then
    grep -E '^Error while processing|: error: |^error: ' $log | sort -u >&2
    echo "some sources could not be read: $log" >&2
    exit 1
fi
findings=$(grep -E '^[^ ].*: warning: .*\[[A-Za-z0-9.,-]+\]$' $log | sort -u || true)
[ -z "$findings" ] || echo "$findings"
count=$(grep -c . <<<"$findings" || true)
echo "clang-tidy: $count findings in $(wc -l <<<"$chosen") sources (whole text: $log)"
[ "$count" -eq 0 ]
