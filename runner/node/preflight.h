#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runner/node/node.h"
#include "runner/node/node_report.h"

namespace attnsweep::runner {

/// Says what a sweep needs of a node. What is empty or zero is not checked.
struct PreflightQuestion {
    std::filesystem::path trial_program;
    std::string device = "auto";
    int threads = 1, slots = 0;
    std::string data;
    std::vector<std::string> data_digests;
    std::vector<std::string> precisions;  ///< that trials train in
    std::filesystem::path store_folder;
    std::string store_holder;  ///< holder that the lease must name if this is the same store: rank 0's host
    std::int64_t trial_memory_bytes = 0;
    std::int64_t kept_bytes = 0;     ///< on disk after the end, of all trials left to run
    std::int64_t running_bytes = 0;  ///< on top, for each trial that runs at once
    std::string mpi;                 ///< the library that carries the ranks' messages
    int replicas = 1;                ///< of a trial: where cores are the device, each is in the node's memory
};

/// Checks a node. Accesses disks and starts the trial program (`attnsweep-trial doctor`), since only that loads libtorch: once, and if a
/// GPU cannot be used, once more for each GPU alone, so that one that is broken or busy costs only itself. Does not throw: what cannot
/// be checked is bad.
NodeReport check_node(const Node& node, const PreflightQuestion& question);

/// Returns what is wrong with training in one of these precisions on the CPU, and what to do; empty if it can be.
struct PrecisionProblem {
    std::string wrong, remedy;
};
PrecisionProblem precision_problem_on_cpu(const std::vector<std::string>& precisions);

/// Returns the device that trials on this node run on: the one asked for, but "cpu" for "auto" if they can use none of its GPUs
/// (libtorch's CPU set on a machine with a GPU); slots are then shares of the cores.
std::string usable_device(const std::string& device, const NodeReport& report);

/// Compares a node's clock with rank 0's, in seconds since the epoch: rank 0 asked at `asked_s`, the node answered `node_s`, which
/// arrived at `heard_s`. A difference that the messages' transit time can explain is not skew. Warns above a second, bad above a
/// minute.
Check clock_check(double asked_s, double node_s, double heard_s);

}  // namespace attnsweep::runner
