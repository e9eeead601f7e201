#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "runner/node/gpus.h"
#include "runner/node/node.h"

namespace attnsweep::runner {

/// Describes a node's slots: slot s is place s / devices() of device s % devices(). Without GPUs the cores are one device.
struct Slots {
    std::vector<Gpu> gpus;  ///< empty: the slots are shares of the cores
    int count = 1;
    int threads = 1;  ///< per trial
    std::vector<std::int64_t>
        bytes_of_devices{};       ///< free on each GPU; empty: unknown, no GPU, or the user's own count of slots
    std::int64_t host_bytes = 0;  ///< free in the node; 0: unknown, or the user's own count of slots
    std::string description;      ///< "2 slots of 1 core", "4 slots on 4 GPUs"

    /// Returns what is free on each GPU at least; 0 where bytes_of_devices is empty.
    std::int64_t device_bytes() const;
    /// Returns whether no trial can be on several devices: CUDA shows a process one instance of a divided GPU (MIG) only.
    bool one_each() const;
    int devices() const { return gpus.empty() ? 1 : std::min(static_cast<int>(gpus.size()), count); }

    /// Returns the cores of a slot, disjoint from those of other slots if there are enough; those near its GPU, if they are known.
    /// Empty: unbound.
    std::vector<int> cores_of(int slot, const Node& node) const;
};

/// Returns a node's slots. `device`: auto, cpu, cuda, cuda:N, which is the one of that number. `gpus`: those that trials can use.
/// `override_count`: 0, or the user's number of slots. `per_gpu`: places per GPU, at most as many as have cores of their own, and one
/// if the driver does not report the GPU's memory. Throws Error (exit_no_device) if a GPU is asked for and there is none.
Slots slots_of(const Node& node, const std::string& device, std::vector<Gpu> gpus, int threads, int override_count,
               int per_gpu = 1);

/// Returns what is wrong with far more threads per process than the node has cores to use: thousands take minutes to start and to
/// end, and the machine with them. Empty if they are not so many. `setting`: what asks for them.
std::string too_many_threads(const Node& node, int threads, const char* setting = "execution.threads");

/// Throws Error (exit_usage) for too_many_threads().
void refuse_too_many_threads(const Node& node, int threads, const char* setting = "execution.threads");

}  // namespace attnsweep::runner
