#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace attnsweep::runner {

/// Describes this process as the launcher (mpirun, srun) did in the environment, before MPI starts.
struct Launch {
    bool under_launcher = false;
    int rank = 0, size = 1;
    pid_t launcher = 0;  ///< the parent when this process began; 0: none
};
Launch launch_from_environment();

/// Returns the whole number that an environment variable holds; nothing if it is unset, empty or holds anything else.
std::optional<int> number_in_environment(const char* name);

std::string host_name();

/// Describes a node: the host, or in tests one of several virtual nodes on it. The environment variable ATTNSWEEP_VIRTUAL_NODE=N
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

/// Returns the memory available without swapping, as estimated by Linux; 0: unknown.
std::int64_t available_memory_bytes();

}  // namespace attnsweep::runner
