#!/usr/bin/env bash
# Installs what is missing on a bare Debian 12, builds, renders a demonstration corpus, runs the ten-model sweep, shows the table.
#   ./quickstart.sh [--cuda | --cpu] [--install-only | --build-only]
# --cuda, --cpu    which libtorch to fetch; by default CUDA where an NVIDIA driver is installed
# --install-only   stop after installing; --build-only: stop after building
set -euo pipefail
cd "$(dirname "$0")"
source scripts/install.sh

kind=auto until=end
for argument in "$@"; do
    case $argument in
        --cuda) kind=cuda ;;
        --cpu) kind=cpu ;;
        --install-only) until=install ;;
        --build-only) until=build ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) fail "unknown option $argument; ./quickstart.sh --help shows the known ones" ;;
    esac
done

install_packages "${build_packages[@]}" "${demo_packages[@]}"
install_wheels "$kind"
install_cuda_headers
[ "$until" = install ] && exit
configure -DATTNSWEEP_TESTS=OFF
build
[ "$until" = build ] && exit
source env.sh

demo=demo
mkdir -p $demo
if [ ! -e $demo/shards/dataset.json ]; then
    say "Rendering a demonstration corpus (17 of the paper's 19 instruments) into $demo/audio"
    attnsweep demo-corpus --out $demo/audio
    say "Turning it into spectrograms"
    attnsweep ingest $demo/audio --out $demo/shards --data-config configs/data/quickstart.toml
fi
say "Running the ten-model sweep (after Ctrl-C, ./quickstart.sh resumes it)"
ranks=$(nproc)
[ "$ranks" -gt 8 ] && ranks=8
code=0
mpirun -n "$ranks" attnsweep run configs/quickstart.toml --data $demo/shards --store $demo/results.db || code=$?
[ $code -eq 0 ] || [ $code -eq 4 ] || exit $code  # 4: some trials failed; the report says which
say "The result"
attnsweep report --store $demo/results.db --out $demo/report
attnsweep report --store $demo/results.db
cat <<'END'

The report with its figures is in demo/report/. What to try next:
  source env.sh
  attnsweep query  --store demo/results.db --where "spectrogram = 'cqt'" --sort -accuracy
  attnsweep predict --store demo/results.db --trial cqt-r25-s1 "$(ls demo/audio/flute/*|head -1)"
  attnsweep plan configs/paper.toml --data demo/shards
END
exit $code
