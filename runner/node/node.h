#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace attnsweep::runner {

/// What a launcher (mpirun, srun) said of this process before MPI starts.
struct Launch {
    bool under_launcher = false;
    int rank = 0, size = 1;
    pid_t launcher = 0;  ///< the parent when this process began; 0: none
};
Launch launch_from_environment();

std::string host_name();

/// The host, or in tests one of several virtual nodes on it: the environment variable ATTNSWEEP_VIRTUAL_NODE=N puts every N ranks on a node "HOST#0", "HOST#1", ... which share the host's cores.
struct Node {
    std::string name;
    std::vector<int> cores;  ///< that trials may be bound to; empty: they are left unbound (a CPU quota)
    int usable_cores = 1;    ///< how many may be busy at once
    int on_host = 1;         ///< (virtual) nodes that share the host
};

/// The node a rank belongs to.
std::string node_name(const Launch& launch);

/// Cores are those the job was given, whatever core mpirun has bound this rank to: the affinity of the launcher, or of
/// this process without one, and no more at once than the control group's quota. Throws Error.
Node this_node(const Launch& launch);

/// What Linux thinks can be had without swapping; 0: unknown.
std::int64_t available_memory_bytes();

/// A GPU's name for CUDA_VISIBLE_DEVICES each, in the order slots count them: that variable's own list where it is set, else
/// NVML's count (libnvidia-ml.so.1 by dlopen, without CUDA). Empty: none, or no driver.
std::vector<std::string> visible_gpus();

/// What of each of these GPUs (as visible_gpus names them) is free, the least of them; 0: the driver does not say.
std::int64_t free_gpu_bytes(const std::vector<std::string>& gpus);

/// What a node's slots are: slot s is place s / devices() of device s % devices(). Without GPUs the cores are one device.
struct Slots {
    std::vector<std::string> gpus;  ///< empty: the slots are shares of the cores
    int count = 1;
    int threads = 1;                ///< of a trial
    std::int64_t device_bytes = 0;  ///< free on each GPU; 0: unknown, no GPU, or the user's own count of slots
    std::int64_t host_bytes = 0;    ///< free in the node; 0: unknown, or the user's own count of slots
    std::string description;        ///< "2 slots of 1 core", "4 slots on 4 GPUs"

    int devices() const { return gpus.empty() ? 1 : std::min(static_cast<int>(gpus.size()), count); }

    /// Disjoint as far as there are enough cores. Empty: unbound.
    std::vector<int> cores_of(int slot, const Node& node) const;
};

/// `device`: auto, cpu, cuda, cuda:N. `override_count`: 0, or how many slots the user wants. Throws Error (exit_no_device)
/// when a GPU is asked for and there is none. `per_gpu`: places of each GPU, no more than have cores of their own, and one where
/// the driver does not say how much memory there is.
Slots slots_of(const Node& node, const std::string& device, int threads, int override_count, int per_gpu = 1);

}  // namespace attnsweep::runner
