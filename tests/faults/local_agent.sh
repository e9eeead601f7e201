#!/bin/sh
# In ssh's place (mpirun's plm_ssh_agent): the daemons of made-up nodes start on this machine, so that there are daemons to kill.
# Open MPI names a rank's file of shared memory by host, job and the rank's number on its node: nodes of one host need folders apart,
# or ranks of two nodes write into one file and die of signal 11 in MPI_Comm_dup.
while [ "${1#-}" != "$1" ]; do shift; done
OMPI_MCA_btl_sm_backing_directory=$TMPDIR/shared-memory-$1
export OMPI_MCA_btl_sm_backing_directory
mkdir -p "$OMPI_MCA_btl_sm_backing_directory"
shift  # the node's name
exec /bin/sh -c "$*"
