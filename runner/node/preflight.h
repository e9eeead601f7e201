#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runner/node/node.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// Holds the outcome of one check before the first trial.
struct Check {
    enum class Verdict { good, warning, bad };
    std::string subject;  ///< programs, libraries, device, memory, disk, data, store, clock
    std::string found;    ///< a few words, for a cell of the table
    Verdict verdict = Verdict::good;
    std::string wrong, remedy;    ///< empty if good
    int exit_code = exit_failed;  ///< if it is bad and stops the run
};
void to_json(nlohmann::json& json, const Check& check);
void from_json(const nlohmann::json& json, Check& check);

struct NodeReport {
    std::string node;
    std::vector<Check> checks;
    const Check* bad() const;  ///< the first bad check, owned by this; null: none
};

/// Says what a sweep needs of a node. What is empty or zero is not checked.
struct PreflightQuestion {
    std::filesystem::path trial_program;
    std::string device = "auto";
    int threads = 1, slots = 0;
    std::string data;
    std::vector<std::string> data_digests;
    std::filesystem::path store_folder;
    std::string store_holder;  ///< holder that the lease must name if this is the same store: rank 0's host
    std::int64_t trial_memory_bytes = 0;
    std::int64_t kept_bytes = 0;     ///< on disk after the end, of all trials left to run
    std::int64_t running_bytes = 0;  ///< on top, for each trial that runs at once
    std::string mpi;                 ///< the library that carries the ranks' messages
};

/// Checks a node. Accesses disks and starts the trial program once (`attnsweep-trial doctor`), since only that loads libtorch.
/// Does not throw: what cannot be checked is bad.
NodeReport check_node(const Node& node, const PreflightQuestion& question);

/// Returns the device that trials on this node run on: the one asked for, but "cpu" for "auto" if the trial program cannot use
/// the node's GPUs (libtorch's CPU set on a machine with a GPU); slots are then shares of the cores.
std::string usable_device(const std::string& device, const NodeReport& report);

/// Compares a node's clock with rank 0's, in seconds since the epoch: rank 0 asked at `asked_s`, the node answered `node_s`, which
/// arrived at `heard_s`. A difference that the messages' transit time can explain is not skew. Warns above a second, bad above a
/// minute.
Check clock_check(double asked_s, double node_s, double heard_s);

/// Formats the reports for people: one line per node, then what is wrong and what to do. Libraries are named once if all nodes
/// have the same.
std::string preflight_text(const std::vector<NodeReport>& reports);

}  // namespace attnsweep::runner
