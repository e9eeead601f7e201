# Sourced by the benches that need a program of their own, which is not part of a build.

# Builds target $1 beside the programs in folder $2; where that fails, prints the end of its output and exits.
build_bench() {
    local log
    log=$(mktemp)
    if ! cmake --build "$(dirname "$2")" --target "$1" -j 2 >"$log" 2>&1; then
        tail -20 "$log" >&2
        rm -f "$log"
        echo "$(basename "$0"): $1 could not be built; configure with -DATTNSWEEP_TESTS=ON" >&2
        exit 1
    fi
    rm -f "$log"
}
