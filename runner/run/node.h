#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attnsweep::runner {

/// What a launcher (mpirun, srun) said of this process before MPI starts.
struct Launch {
    bool under_launcher = false;
    int rank = 0, size = 1;
};
Launch launch_from_environment();

std::string host_name();

/// The host, or in tests one of several virtual nodes on it: the environment variable ATTNSWEEP_VIRTUAL_NODE=N puts every N ranks on a node "HOST#0", "HOST#1", ... which share the host's cores.
struct Node {
    std::string name;
    std::vector<int> cores;  ///< that trials may be bound to; empty: they are left unbound (a CPU quota)
    int usable_cores = 1;    ///< how many may be busy at once
};

/// The node a rank belongs to.
std::string node_name(const Launch& launch);

/// Cores are those the job was given, whatever core mpirun has bound this rank to: the affinity of the launcher, or of
/// this process without one, and no more at once than the control group's quota. Throws Error.
Node this_node(const Launch& launch);

/// A GPU's name for CUDA_VISIBLE_DEVICES each, in the order slots count them: that variable's own list where it is set, else
/// NVML's count (libnvidia-ml.so.1 by dlopen, without CUDA). Empty: none, or no driver.
std::vector<std::string> visible_gpus();

/// What a node's slots are.
struct Slots {
    std::vector<std::string> gpus;  ///< as many as slots; empty: the slots are shares of the cores
    int count = 1;
    int threads = 1;          ///< of a trial
    std::string description;  ///< "2 slots of 1 core", "4 GPUs"

    /// Disjoint as far as there are enough cores. Empty: unbound.
    std::vector<int> cores_of(int slot, const Node& node) const;
};

/// `device`: auto, cpu, cuda, cuda:N. `override_count`: 0, or how many slots the user wants. Throws Error (exit_no_device)
/// when a GPU is asked for and there is none.
/// Shares of the cores are no more than trials of `trial_memory_bytes` (0: unknown) fit into the memory that is free.
Slots slots_of(const Node& node, const std::string& device, int threads, int override_count,
               std::int64_t trial_memory_bytes = 0);

}  // namespace attnsweep::runner
