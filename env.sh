# source env.sh: puts attnsweep and mpirun on the PATH of this shell.
_attnsweep_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" && pwd)
PATH="$_attnsweep_root/build/release/bin:$_attnsweep_root/scripts/path:$PATH"
# mpirun refuses root, and more ranks than cores, unless told; both are usual in containers and on a desk.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# slot: `:oversubscribe` alone, as `mpirun --oversubscribe`, puts every rank of several nodes on the first.
export PRTE_MCA_rmaps_default_mapping_policy=slot:oversubscribe
# Other nodes' daemons fork ranks in threads of their own and miss the end of one that exits at once: mpirun then waits for ever
# (openpmix/prrte 8a730aa883, in no Open MPI release yet; 2 of 100 starts here). Without those threads it cannot happen.
export PRTE_MCA_odls_base_max_threads=0
unset _attnsweep_root
export PATH
