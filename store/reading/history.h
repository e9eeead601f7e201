#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// One attempt at a trial, as the store has it.
struct AttemptEntry {
    int number = 1;
    std::string host, device, started_at, ended_at;
    std::string outcome;  ///< done, failed, drained, interrupted; empty: it has not ended, or nobody could say so
    configs::Failure failure;
    int epochs = 0;
    std::filesystem::path folder;  ///< absolute
};

/// Newest first; none when the store does not know the trial. Throws Error.
std::vector<AttemptEntry> attempts_of(const Store& store, const std::string& trial_id);

/// A trial as a revision names it, without its settings: a sweep may have a hundred thousand.
struct RevisionTrial {
    std::string id, label;
    bool is_done = false;
};

/// A sweep as its newest revision describes it.
struct RevisionEntry {
    std::string sweep;
    int number = 1;
    std::string recorded_at, path;
    std::string settings;  ///< configs::Sweep::text
    std::vector<RevisionTrial> trials;
};

/// Nothing when the store has no sweep of that name. `with_trials` false: without them. Throws Error.
std::optional<RevisionEntry> newest_revision(const Store& store, const std::string& sweep, bool with_trials = true);

/// A trial's settings as the store has them, JSON; empty when it does not know it. Throws Error.
std::string trial_settings(const Store& store, const std::string& trial_id);

}  // namespace attnsweep::store
