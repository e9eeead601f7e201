#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runner/node/node.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// One thing looked at before the first trial.
struct Check {
    enum class Verdict { good, warning, bad };
    std::string subject;  ///< programs, libraries, device, memory, disk, data, store, clock
    std::string found;    ///< a few words, for a cell of the table
    Verdict verdict = Verdict::good;
    std::string wrong, remedy;    ///< unless good
    int exit_code = exit_failed;  ///< when it is bad and the run stops for it
};
void to_json(nlohmann::json& json, const Check& check);
void from_json(const nlohmann::json& json, Check& check);

struct NodeReport {
    std::string node;
    std::vector<Check> checks;
    const Check* bad() const;  ///< the first that is; null: none
};

/// What a sweep will ask of a node. Empty and zero: not looked at.
struct PreflightQuestion {
    std::filesystem::path trial_program;
    std::string device = "auto";
    int threads = 1, slots = 0;
    std::string data;
    std::vector<std::string> data_digests;
    std::filesystem::path store_folder;
    std::string store_holder;  ///< what the store's lease must hold to be the same store: rank 0's host
    std::int64_t trial_memory_bytes = 0;
    std::int64_t kept_bytes = 0;     ///< all that stays of what is left to run
    std::int64_t running_bytes = 0;  ///< on top, for each that runs at once
    std::string mpi;                 ///< the library that carries the ranks' messages
};

/// Looks. Touches disks and starts the trial program once (`attnsweep-trial doctor`): it alone loads libtorch. Does not
/// throw: what cannot be looked at is bad.
NodeReport check_node(const Node& node, const PreflightQuestion& question);

/// What trials on this node run on: the device asked for, but "cpu" for "auto" where the trial program cannot use the GPUs that
/// are there (libtorch's CPU set on a machine with a GPU): slots are then shares of the cores.
std::string usable_device(const std::string& device, const NodeReport& report);

/// A node's clock against rank 0's, both seconds since the epoch: rank 0 asked at `asked_s`, the node said `node_s`, heard at
/// `heard_s`. What the message's own way may explain is no skew. Warns above a second, bad above a minute.
Check clock_check(double asked_s, double node_s, double heard_s);

/// One line a node, then what is wrong and what to do. Libraries are named once where all nodes have the same.
std::string preflight_text(const std::vector<NodeReport>& reports);

}  // namespace attnsweep::runner
