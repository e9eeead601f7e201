#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runner/node/gpus.h"
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

/// What the checks of a node found.
struct NodeReport {
    std::string node;
    std::vector<Check> checks;
    std::vector<Gpu> gpus{};   ///< those that trials can use, in CUDA's order
    const Check* bad() const;  ///< the first bad check, owned by this; null: none
};

/// Formats the reports for people: one line per node, then what is wrong and what to do. Libraries are named once if all nodes
/// have the same.
std::string preflight_text(const std::vector<NodeReport>& reports);

}  // namespace attnsweep::runner
