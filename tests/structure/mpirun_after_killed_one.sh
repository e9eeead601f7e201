# $1: the mpirun to try. exec keeps the process's number, so the folder made here is the one a killed mpirun of that number would leave.
set -e
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
sh -c 'mkdir "$TMPDIR/ompi.$$"; touch "$TMPDIR/ompi.$$/pmix.$(uname -n).tool.$$"; exec "$0" -n 1 true' "$1"
