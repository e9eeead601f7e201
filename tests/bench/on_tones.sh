# Sourced by the benches that run a sweep on shards of tones. Expects in $size_option the name of the option for the sweep's size
# (trials, repeats), and in the variable of that name its default. Sets that variable, $rounds, $bin and $work, a folder that is removed
# at the end and has $work/shards; defines tiny_sweep; sets the programs' environment.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bench=$(basename "$0" .sh)
rounds=5 bin=$here/build/release/bin folder=${TMPDIR:-/tmp}
while [ $# -gt 0 ]; do
    case $1 in
        --"$size_option") printf -v "$size_option" %s "$2" ;;
        --rounds) rounds=$2 ;;
        --bin) bin=$(realpath "$2") ;;
        --folder) folder=$2 ;;
        *) echo "$bench.sh: $1 is not known; see the first lines of the script" >&2; exit 2 ;;
    esac
    shift 2
done
work=$(mktemp -d "$folder/attnsweep-$bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
source "$here/env.sh"
python3 "$here/tests/bench/throughput/tones.py" "$work/audio"
"$bin/attnsweep" ingest "$work/audio" --out "$work/shards" --hop 2205 --n-fft 128 --octaves 5 --bins-per-octave 6 >"$work/ingest.log" 2>&1 || {
    cat "$work/ingest.log" >&2
    echo "$bench.sh: the data set could not be made with the programs in $bin" >&2
    exit 1
}

# tiny_sweep NAME REPEATS EPOCHS: prints a sweep file up to [axes], which the caller fills.
tiny_sweep() {
    cat <<TOML
[sweep]
name = "$1"
repeats = $2
[data]
test_fraction = 0.2
validation_fraction = 0.2
[model]
first_filters = 4
heads = 2
dense_sizes = [16]
[training]
max_epochs = $3
[axes]
TOML
}
