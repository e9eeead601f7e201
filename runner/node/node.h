#pragma once

#include <algorithm>
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

/// Returns the GPUs, named as in CUDA_VISIBLE_DEVICES, in the order in which slots count them: that variable's list if it is set,
/// else as many as NVML counts (libnvidia-ml.so.1 by dlopen, without CUDA). Empty: no GPU, or no driver.
std::vector<std::string> visible_gpus();

/// Returns the free memory of the GPU that has the least of it, of those named by visible_gpus(); 0: unknown.
std::int64_t free_gpu_bytes(const std::vector<std::string>& gpus);

/// Describes a node's slots: slot s is place s / devices() of device s % devices(). Without GPUs the cores are one device.
struct Slots {
    std::vector<std::string> gpus;  ///< empty: the slots are shares of the cores
    int count = 1;
    int threads = 1;                ///< per trial
    std::int64_t device_bytes = 0;  ///< free on each GPU; 0: unknown, no GPU, or the user's own count of slots
    std::int64_t host_bytes = 0;    ///< free in the node; 0: unknown, or the user's own count of slots
    std::string description;        ///< "2 slots of 1 core", "4 slots on 4 GPUs"

    int devices() const { return gpus.empty() ? 1 : std::min(static_cast<int>(gpus.size()), count); }

    /// Returns the cores of a slot, disjoint from those of other slots if there are enough. Empty: unbound.
    std::vector<int> cores_of(int slot, const Node& node) const;
};

/// Returns a node's slots. `device`: auto, cpu, cuda, cuda:N. `override_count`: 0, or the user's number of slots. `per_gpu`: places
/// per GPU, at most as many as have cores of their own, and one if the driver does not report the GPU's memory. Throws Error
/// (exit_no_device) if a GPU is asked for and there is none.
Slots slots_of(const Node& node, const std::string& device, int threads, int override_count, int per_gpu = 1);

}  // namespace attnsweep::runner
