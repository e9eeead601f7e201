#!/usr/bin/env bash
# Measures the way from recordings to batches beside librosa 0.10.2, in the same rounds: STFT and CQT on one thread (the CQT one clip at a
# time and in batches of 16), and whole ingest of both kinds on two threads; and random batches of 16, every clip verified, beside H5Dread
# from a file with fletcher32, a chunk per clip, and beside mmap + memcpy, which verify nothing, all from the page cache. Geometry: the
# paper's. Prints medians, clips per second, and their ratios.
#   tests/bench/data.sh [--recordings 12] [--audio FOLDER] [--rounds 3] [--hours 0] [--bin build/release/bin] [--folder /tmp]
# --recordings N  of each instrument; --audio: a folder per instrument of recordings, without it MP3s of generated notes
# --hours N       afterwards, ingest one FLAC of N hours and print its peak memory: takes 1.7 GB per hour on the disk
# librosa's ingest: two processes, started and warm before the clock; each decodes and resamples (librosa.load, soxr_hq), transforms 16
# clips per call, or one, and writes float32 to an HDF5 file of its own. It hashes, verifies and syncs nothing. Ours is the whole program.
# Its figures: docs/benchmarks.md.
# Tried, least CPU time of 40 rounds on 2 busy cores (AMD EPYC, family 25), before and after: STFT 0.46 and 0.23 ms a clip; CQT 0.95 and 0.5 ms;
# ingest of 160 clips, starting included, 1.5 and 1.05 s. In the profile before: SHA-256 20 % (now nettle's), CQT 17 %, decoding
# 22 % (MP3s are decoded twice), mixing and checking samples 5 %, STFT 5 %. The CQT reads its filters from memory, and waits for it: real filters
# halved that. No gain: eight lanes at once without that; sums in registers, column by column (slower: strided reads); four rows at once (slower).
# Not tried: filters shared by the clips of a batch; one decoding.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
recordings=12 audio='' rounds=3 hours=0 bin=$here/build/release/bin folder=${TMPDIR:-/tmp}
while [ $# -gt 0 ]; do
    case $1 in
        --recordings) recordings=$2 ;;
        --audio) audio=$(realpath "$2") ;;
        --rounds) rounds=$2 ;;
        --hours) hours=$2 ;;
        --bin) bin=$(realpath "$2") ;;
        --folder) folder=$2 ;;
        *) echo "data.sh: $1 is not known; see the first lines of the script" >&2; exit 2 ;;
    esac
    shift 2
done
work=$(mktemp -d "$folder/attnsweep-data-XXXXXX")
trap 'rm -rf "$work"' EXIT
source "$here/env.sh"

source "$here/tests/bench/build.sh"
build_bench data_bench "$bin"
python3 -m venv "$work/peers" >/dev/null
python=$work/peers/bin/python
"$work/peers/bin/pip" -q install librosa==0.10.2 numpy==1.26.4 scipy==1.13.1 numba==0.60.0 soundfile==0.12.1 soxr==0.3.7 h5py==3.11.0 \
    2>"$work/pip.log" || {
    cat "$work/pip.log" >&2
    echo "data.sh: librosa could not be installed" >&2
    exit 1
}
"$python" "$here/tests/bench/data/prepare.py" "$work" "$recordings" "$audio"
"$python" "$here/tests/bench/data/rounds.py" --work "$work" --bin "$bin" --bench "$(dirname "$bin")/tests/bench/data/data_bench" \
    --rounds "$rounds" --threads 2 --seconds 3
if [ "$hours" != 0 ]; then
    rm -rf "$work/shards"
    "$python" "$here/tests/bench/data/long_recording.py" "$work/long" "$hours"
    /usr/bin/time -f "$hours hours: %e s, %M kB at most" "$bin/attnsweep" ingest "$work/long" --out "$work/shards" >"$work/ingest.log"
fi
