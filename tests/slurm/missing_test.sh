#!/bin/bash
# sweep_test.sh on machines that lack something: it must skip and name that. Stand-ins for the programs make such machines.
#   missing_test.sh SOURCE_FOLDER
set -u
source_folder=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# A machine that lacks nothing, as far as it is asked.
machine() {
    rm -rf "$folder/bin" && mkdir "$folder/bin"
    local name
    for name in munged sbatch scontrol sinfo scancel setpriv pgrep python3; do stand_in $name 'exit 0'; done
    stand_in slurmctld 'echo "slurm-wlm 22.05.8"'
    stand_in slurmd 'echo "slurm-wlm 22.05.8"'
    stand_in id 'echo 0'
    # Of what comes next only this is let through, and it ends the test.
    stand_in mktemp 'kill $PPID'
    ln -s "$(command -v sort)" "$folder/bin/sort"
}
stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"$folder/bin/$1" && chmod +x "$folder/bin/$1"; }

# $1: what the test must say
names() {
    local said code
    said=$(PATH=$folder/bin "$BASH" "$source_folder/tests/slurm/sweep_test.sh" "$source_folder" "$folder" 2>&1)
    code=$?
    [ $code -eq 77 ] && [[ $said == "skipped: "*"$1"* ]] && return
    echo "error: code $code instead of 77, or '$1' not named: $said" >&2
    failed=1
}

for name in slurmctld slurmd munged sbatch scontrol sinfo scancel setpriv pgrep python3; do
    machine && rm "$folder/bin/$name" && names "there is no $name "
done
machine && stand_in id 'echo 1000' && names "needs root"
machine && stand_in slurmd 'echo "slurm-wlm 23.11.4"' && names "slurmd is slurm-wlm 23.11.4"
machine && stand_in slurmd 'echo "slurm-wlm 20.11.4"' && stand_in slurmctld 'echo "slurm-wlm 20.11.4"' && names "20.11.4; 22.05 is"
machine && stand_in id '[ "$1" = -u ] && echo 0' && names "no user munge"
machine && stand_in setpriv 'exit 1' && names "become user munge"
exit $failed
