# source env.sh: puts attnsweep and mpirun on the PATH of this shell.
_attnsweep_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" && pwd)
PATH="$_attnsweep_root/build/release/bin:$_attnsweep_root/scripts/path:$PATH"
# mpirun refuses root, and more ranks than cores, unless told; both are usual in containers and on a desk.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# slot: `:oversubscribe` alone, as `mpirun --oversubscribe`, puts every rank of several nodes on the first.
export PRTE_MCA_rmaps_default_mapping_policy=slot:oversubscribe
unset _attnsweep_root
export PATH
