#!/bin/bash
# configs/slurm/attnsweep.sbatch on a Slurm of this machine alone: a sweep undisturbed; the same timed out, preempted and its node
# set down, which must end by itself with the same results.
#   sweep_test.sh SOURCE_FOLDER BUILT_PROGRAMS_FOLDER
set -u
source_folder=$1 programs=$2
source "$source_folder/tests/slurm/cluster.sh"

skip() { echo "skipped: $*"; exit 77; }
why_not=$(why_no_cluster) || skip "$why_not"

folder=$(mktemp -d "${TMPDIR:-/tmp}/attnsweep-slurm-XXXXXX")
finish() {
    local code=$?
    trap '' TERM INT  # once more would cut this short
    stop_cluster
    if [ $code -eq 0 ] || [ $code -eq 77 ]; then rm -rf "$folder"; else tail -n 30 "$folder"/*.log "$folder"/cluster/slurm*.log; fi
    exit $code
}
trap finish EXIT
trap 'exit 1' TERM INT
say() { printf '%s %s\n' "$(date +%T)" "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
cd "$folder" || exit
chmod 755 . && mkdir cluster
as_munge test -x "$folder/cluster" || skip "user munge has no way into $folder: set TMPDIR to a folder that all may enter"

# What the job script expects in the folder it is submitted from.
cat >env.sh <<END
PATH=$programs:$source_folder/scripts/path:\$PATH
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PRTE_MCA_rmaps_default_mapping_policy=slot:oversubscribe
# A job script that hears of its end before it has started anything.
[ ! -e "$folder/warn-early" ] || { rm "$folder/warn-early" && kill -USR1 \$\$; }
END
source ./env.sh
python3 "$source_folder/tests/slurm/tones.py" audio || fail "no corpus"
attnsweep ingest audio --out shards --hop 2205 --n-fft 128 --octaves 5 --bins-per-octave 6 >ingest.log 2>&1 || fail "no data set"
cat >sweep.toml <<'END'
[sweep]
name = "tiny"
repeats = 2
[data]
scale = "decibel"
normalisation = "clip_standard"
test_fraction = 0.2
validation_fraction = 0.2
[model]
first_filters = 2
heads = 2
dense_sizes = [16]
batch_norm_momentum = 0.9
[training]
learning_rate = 0.02
max_epochs = 100
early_stopping = false
[axes]
"data.spectrogram" = ["stft", "cqt"]
"model.attention_ratio" = [0, 0.25]
END
# So many epochs that the sweep takes about a minute here: long enough to be disturbed three times.
# The quicker of two: one that something held up would make the sweep too short.
took_ms=
for calibration in 1 2; do
    began=$(date +%s%N)
    attnsweep run sweep.toml --data shards --store calibration-$calibration.db --set sweep.repeats=1 >calibration.log 2>&1 ||
        fail "the sweep does not run without Slurm"
    ms=$((($(date +%s%N) - began) / 1000000))
    [ -n "$took_ms" ] && [ "$took_ms" -lt "$ms" ] || took_ms=$ms
done
epochs=$((100 * 60000 / (took_ms * 2) + 1))
sed -i "s/^max_epochs = .*/max_epochs = $epochs/" sweep.toml
say "100 epochs of half the sweep take $took_ms ms: $epochs epochs it is"

# A job given no more time than its warning is ahead of is queued again three times, not for ever. Without Slurm: scontrol is a function.
scontrol() { touch requeued; }
export -f scontrol
for restarts in 2 3; do
    rm -f requeued && touch warn-early
    SLURM_SUBMIT_DIR=$folder SLURM_JOB_ID=1 SLURM_RESTART_COUNT=$restarts bash "$source_folder/configs/slurm/attnsweep.sbatch" 2>warned.log
    code=$?
    grep -q "nothing was started" warned.log || fail "a job that is warned at once does not say so"
    [ $restarts -eq 2 ] && { [ $code -eq 75 ] && [ -e requeued ] || fail "it was not queued again"; }
    [ $restarts -eq 3 ] && { [ $code -eq 1 ] && [ ! -e requeued ] || fail "it was queued again once too often"; }
done
unset -f scontrol

if ! start_cluster "$folder/cluster"; then
    why_not=$(grep -hE '(error|fatal): .*(cgroup|Hybrid mode)' cluster/slurmd.log | head -1)
    [ -z "$why_not" ] || skip "slurmd does not start on this machine's control groups: $why_not"
    fail "no Slurm"
fi

options_of_job=(--parsable --partition=low --nodes=1 --ntasks-per-node=2 --cpus-per-task=1 --gpus-per-node=0 --output="$folder/%x.log")
field() { scontrol show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p" | head -1; }
state_is() { [ "$(field "$1" JobState)" = "$2" ]; }
has_restarted() { [ "$(field "$1" Restarts)" -ge "$2" ]; }
submit() {
    ATTNSWEEP_SWEEP=sweep.toml ATTNSWEEP_STORE=$1.db sbatch "${options_of_job[@]}" --job-name="$1" "${@:2}" \
        "$source_folder/configs/slurm/attnsweep.sbatch" --grace 20
}
report() { attnsweep report --store "$1" --format csv; }

say "undisturbed"
id=$(submit undisturbed --time=30) || fail "sbatch refuses the job"
wait_until 300 "the undisturbed job does not end" state_is "$id" COMPLETED || exit
[ "$(field "$id" Restarts)" = 0 ] || fail "the undisturbed job was restarted"

say "with a warning that comes before its ranks begin"
touch warn-early
id=$(submit disturbed --time=30 --signal=B:USR1@60) || fail "sbatch refuses the job"
wait_until 90 "the job does not queue itself again at a warning before its ranks begin" has_restarted "$id" 1 || exit
! grep -q epoch disturbed.log || fail "ranks were started after the warning"

say "with a time limit that comes while it trains"
wait_until 90 "the job does not begin after its early warning" grep -q ' epoch ' disturbed.log || exit
scontrol update jobid="$id" TimeLimit=1
wait_until 90 "the job does not queue itself again at its time limit" has_restarted "$id" 2 || exit
scontrol update jobid="$id" TimeLimit=30
grep -q SIGUSR1 disturbed.log || fail "the ranks did not hear of the time limit"
trains() { state_is "$id" RUNNING && [ "$(tail -n "+$1" disturbed.log | grep -c 'resumes in epoch')" -gt 0 ]; }
lines() { echo $(($(wc -l <disturbed.log) + 1)); }
from=$(lines)
wait_until 90 "the job does not go on after its time limit" trains "$from" || exit

say "preempted"
high=$(sbatch --parsable --partition=high --exclusive --nodes=1 --output=high.log --wrap=true) || fail "no second job"
wait_until 90 "the job of the higher partition does not run" state_is "$high" COMPLETED || exit
has_restarted "$id" 3 || fail "the job was not queued again when it was preempted"
[ "$(tail -n "+$from" disturbed.log | grep -c SIGUSR1)" -gt 0 ] || fail "the ranks did not hear of the preemption"
from=$(lines)
wait_until 90 "the job does not go on after its preemption" trains "$from" || exit

say "its node set down"
scontrol update nodename="$(uname -n)" state=down reason=test
wait_until 60 "the job is not queued again when its node is down" has_restarted "$id" 4 || exit
from=$(lines)
nothing_runs() { ! pgrep -f -- "--store disturbed.db" >/dev/null; }
wait_until 60 "the ranks outlive their job" nothing_runs || exit  # a dead node's would be gone with it
scontrol update nodename="$(uname -n)" state=resume
wait_until 300 "the job does not end" state_is "$id" COMPLETED || exit
[ "$(tail -n "+$from" disturbed.log | grep -c 'resumes in epoch')" -gt 0 ] || fail "the sweep was over before its node was set down"

say "cancelled"
id=$(submit cancelled --time=30) || fail "sbatch refuses the job"
wait_until 60 "the job to be cancelled does not train" grep -qs ' epoch ' cancelled.log || exit
scancel "$id"
wait_until 60 "the job is not cancelled" state_is "$id" CANCELLED || exit
[ "$(field "$id" Restarts)" = 0 ] || fail "a cancelled job queued itself again"
wait_until 60 "the trials of a cancelled job leave no checkpoint" sh -c 'find cancelled.db.d -name "checkpoint*" | grep -q .' || exit

say "as a job array"
id=$(ATTNSWEEP_SWEEP=sweep.toml ATTNSWEEP_STORE=parts.d/ ATTNSWEEP_PARTS=2 sbatch --parsable --partition=low --array=1-2 --gpus=0 --cpus-per-task=1 \
    --time=30 --signal=B:USR1@60 --output="$folder/part-%a.log" "$source_folder/configs/slurm/array.sbatch") || fail "sbatch refuses the array"
both_done() { [ "$(scontrol show job "$id" | grep -c JobState=COMPLETED)" -eq 2 ]; }
wait_until 300 "the array does not end" both_done || exit

say "comparing"
report undisturbed.db >undisturbed.csv || fail "no report"
report disturbed.db >disturbed.csv || fail "no report"
cmp undisturbed.csv disturbed.csv || fail "disturbed and undisturbed give different results"
[ "$(attnsweep query --store disturbed.db --format csv | wc -l)" -eq 9 ] || fail "not all of the eight trials are in the store"
report parts.d/ >parts.csv || fail "no report"
cmp undisturbed.csv parts.csv || fail "the array and the one job give different results"
say "the same results after four restarts"
