# Sourced: a Slurm of one node, this one, with its daemons' files in $cluster and nothing outside it touched.
#   start_cluster FOLDER     munged, slurmctld, slurmd; SLURM_CONF is set for what follows
#   stop_cluster             ends them, and every job
#   why_no_cluster           says what this machine lacks for them, and fails then
# Two partitions: low, whose jobs are requeued for those of high.

why_no_cluster() {
    local needed version
    for needed in slurmctld slurmd munged sbatch scontrol sinfo scancel setpriv pgrep python3; do
        command -v "$needed" >/dev/null || { echo "there is no $needed (Debian: slurm-wlm, munge, util-linux, procps, python3)"; return 1; }
    done
    [ "$(id -u)" -eq 0 ] || { echo "slurmd needs root"; return 1; }
    id munge >/dev/null 2>&1 || { echo "there is no user munge (Debian: munge)"; return 1; }
    as_munge true 2>/dev/null || { echo "no process may become user munge here, as in a user namespace that does not map it"; return 1; }
    version=$(slurmctld -V)
    [ "$(slurmd -V)" = "$version" ] || { echo "slurmctld is $version and slurmd is $(slurmd -V)"; return 1; }
    printf '22.05\n%s\n' "${version##* }" | sort -VC || { echo "slurmctld is $version; 22.05 is the oldest that is known to do"; return 1; }
}

as_munge() { setpriv --reuid munge --regid munge --clear-groups "$@"; }

start_cluster() {
    cluster=$1
    local port=$((20000 + RANDOM % 10000)) host
    host=$(uname -n)
    export SLURM_CONF=$cluster/slurm.conf
    chmod 755 "$cluster"
    mkdir "$cluster/munge" "$cluster/state" "$cluster/spool"
    head -c 128 /dev/urandom >"$cluster/munge/key"
    chmod 600 "$cluster/munge/key"
    chown -R munge: "$cluster/munge"
    as_munge munged --key-file="$cluster/munge/key" \
        --socket="$cluster/munge/socket" --pid-file="$cluster/munge/pid" --log-file="$cluster/munge/log" --seed-file="$cluster/munge/seed"
    cat >"$SLURM_CONF" <<END
ClusterName=attnsweep
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job starts when its former credential has expired: by default after two minutes.
AuthInfo=socket=$cluster/munge/socket,cred_expire=5
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,sched_min_interval=500000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
JobRequeue=1
ReturnToService=0
MpiDefault=none
KillWait=20
InactiveLimit=0
MinJobAge=300
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=500 State=UNKNOWN
PartitionName=low Nodes=$host Default=YES MaxTime=60 PriorityTier=1 PreemptMode=REQUEUE GraceTime=30 State=UP
PartitionName=high Nodes=$host MaxTime=60 PriorityTier=10 PreemptMode=OFF State=UP
END
    # Nothing here is held by control groups, and the plugin for version 1 looks for none until something is. By default slurmd looks which
    # version is mounted, and ends where none is, as in a container, or both are.
    echo "CgroupPlugin=cgroup/v1" >"$cluster/cgroup.conf"
    slurmctld && slurmd
    wait_until 30 "no node is idle; see $cluster/slurmctld.log, $cluster/slurmd.log" sh -c 'sinfo -h -o %T | grep -q idle'
}

stop_cluster() {
    [ -n "${cluster:-}" ] || return 0
    scancel -f --user "$(id -un)" 2>/dev/null
    scancel --signal=KILL --full --user "$(id -un)" 2>/dev/null
    local daemon
    for daemon in slurmctld slurmd munge/; do
        end_process "$(cat "$cluster/${daemon}pid" "$cluster/$daemon.pid" 2>/dev/null)"
    done
}

end_process() {
    [ -n "$1" ] || return 0
    kill "$1" 2>/dev/null
    local i
    for ((i = 0; i < 100; i++)); do
        [ -d "/proc/$1" ] || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null
}

# $1: seconds, $2: what to say when they have passed, then the command that is to succeed
wait_until() {
    local limit=$((SECONDS + $1)) complaint=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $limit ] || { echo "error: $complaint" >&2; return 1; }
        sleep 0.2
    done
}
