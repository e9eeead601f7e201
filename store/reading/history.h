#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "store/reading/sweeps.h"
#include "store/store.h"

namespace attnsweep::store {

/// One attempt at a trial, as recorded in the store.
struct AttemptEntry {
    int number = 1;
    std::string host, device, started_at, ended_at;
    std::string outcome;  ///< done, failed, drained, interrupted; empty: not ended, or its end was not recorded
    configs::Failure failure;
    int epochs = 0;
    std::filesystem::path folder;  ///< absolute
};

/// Lists the attempts at a trial, newest first; empty if the store does not know the trial. Throws Error.
std::vector<AttemptEntry> attempts_of(const Store& store, const std::string& trial_id);

/// A trial of a revision without its settings, since a sweep may have a hundred thousand trials.
struct RevisionTrial {
    std::string id, label;
    bool is_done = false;
};

/// A revision of a sweep.
struct RevisionEntry {
    std::string sweep;
    int number = 1;
    std::string recorded_at, path;
    std::string settings;  ///< configs::Sweep::text
    std::vector<RevisionTrial> trials;
};

/// Reads the newest revision of a sweep; nothing if the store has no sweep of that name. Throws Error.
std::optional<RevisionEntry> newest_revision(const Store& store, const std::string& sweep);

/// Returns the settings of a sweep's revision (configs::Sweep::text) and the path of its file; `trials` is empty. Throws Error.
RevisionEntry revision_settings(const Store& store, const SweepEntry& sweep);

/// Returns a trial's settings as JSON; empty if the store does not know the trial. Throws Error.
std::string trial_settings(const Store& store, const std::string& trial_id);

}  // namespace attnsweep::store
