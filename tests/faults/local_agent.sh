#!/bin/sh
# In ssh's place (mpirun's plm_ssh_agent): the daemons of made-up nodes start on this machine, so that there are daemons to kill.
while [ "${1#-}" != "$1" ]; do shift; done
shift  # the node's name
exec /bin/sh -c "$*"
