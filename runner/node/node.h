#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "files/host_name.h"

namespace attnsweep::runner {

/// Describes this process as the launcher (mpirun, srun) did in the environment, before MPI starts.
struct Launch {
    bool under_launcher = false;
    int rank = 0, size = 1;
    pid_t launcher = 0;  ///< the parent when this process began; 0: none
};
Launch launch_from_environment();

/// Says what is wrong where Slurm started several tasks that know nothing of each other, each the only rank of a sweep of its own (srun
/// without a PMIx that fits); empty: nothing. Not in the interactive shell of `srun --pty`. `ranks`: how many MPI, if any, brought
/// together.
std::string wrong_launch(int ranks);

/// Returns the whole number that an environment variable holds; nothing if it is unset, empty or holds anything else.
std::optional<int> number_in_environment(const char* name);

using files::host_name;

/// Describes a node: the host, a part of it (part_of), or in tests one of several virtual nodes on it. The environment variable ATTNSWEEP_VIRTUAL_NODE=N
/// puts every N ranks on a node "HOST#0", "HOST#1", ... which share the host's cores.
struct Node {
    std::string name;
    std::vector<int> cores;  ///< that trials may be bound to; empty: trials are not bound (a CPU quota)
    int usable_cores = 1;    ///< how many cores may be busy at once
    int on_host = 1;         ///< (virtual) nodes that share the host
};

/// Returns the name of the node that a rank belongs to.
std::string node_name(const Launch& launch);

/// Returns this rank's node. Its cores are those that the job was given, not the core that mpirun bound this rank to: the
/// affinity of the launcher, or of this process without one; at most the control group's quota of them are used. Throws Error.
Node this_node(const Launch& launch);

/// Returns part `number` (from 0) of `parts` equal parts of a host, as a node of its own named `name`. For ranks of one host that may use
/// different GPUs.
Node part_of(const Node& host, const std::string& name, int number, int parts);

/// Returns the memory available without swapping, as estimated by Linux, at most what the control groups leave; 0: unknown.
std::int64_t available_memory_bytes();

}  // namespace attnsweep::runner
