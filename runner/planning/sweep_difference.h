#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "configs/sweep.h"
#include "store/reading/history.h"

namespace attnsweep::runner {

/// Lists what differs between a sweep and the newest revision of it that a store has.
struct Difference {
    struct Change {
        std::string key, before, after;  ///< JSON texts; empty where the key was not, or is not, a single value
    };
    struct AxisChange {
        std::string key;
        std::vector<std::string> added, removed;  ///< values, JSON texts
    };
    std::vector<Change> changes;
    std::vector<AxisChange> axes;
    // Labels of trials. A trial is its content: under other settings the same label is another trial, `changed`.
    std::vector<std::string> added, removed, changed;
    int kept = 0, kept_done = 0;  ///< trials in both; of them done

    bool is_none() const
    {
        return changes.empty() && axes.empty() && added.empty() && removed.empty() && changed.empty();
    }
};

/// Compares a sweep with a revision of it. Throws nlohmann's exceptions when the revision's settings are not JSON.
Difference difference_of(const configs::Sweep& sweep, const store::RevisionEntry& before);

/// Names the values in which two trials' settings (or two sweeps') differ: "training.learning_rate 0.01 -> 0.001, ...".
std::string changes_between(const nlohmann::json& before, const nlohmann::json& after);

/// Writes the difference for people, the first line naming the revision; without line ends.
std::vector<std::string> lines_of(const Difference& difference, const store::RevisionEntry& before);
nlohmann::json json_of(const Difference& difference, const store::RevisionEntry& before);

}  // namespace attnsweep::runner
