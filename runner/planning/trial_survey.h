#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "configs/sweep.h"
#include "files/lease.h"
#include "runner/planning/trial_outlook.h"
#include "store/reading/history.h"
#include "store/store.h"

namespace attnsweep::runner {

/// Determines what remains to be done of each trial, for `plan`, `simulate` and `run` alike. Keeps references to the constructor's
/// arguments. Not thread-safe. Every member throws store::Error.
class TrialSurvey {
public:
    /// Surveys read-only. `store`: nullptr if there is none. `before`: the store's newest revision of the sweep, to say why a
    /// trial of the same label runs again, or nullptr. Checkpoints are read and checked, up to `check_bytes` in total.
    TrialSurvey(const configs::Sweep& sweep, const store::Store* store, const store::RevisionEntry* before,
                std::uintmax_t check_bytes);

    /// Surveys for the run that holds the store's lease, has imported pending/ and closed the attempts that were open: no
    /// trial is running or waits for import. Imports each result.json that never got into pending/, and leaves it to the run to
    /// wait for a process that is still ending. `retry_failed`: failures of earlier runs do not count. Does not check checkpoints.
    /// `again`: ids of trials that are to run although they are done, from their first epoch or from a checkpoint of an
    /// attempt after the one that is done.
    TrialSurvey(store::Store& store, bool retry_failed, std::unordered_set<std::string> again = {});

    TrialOutlook of(const configs::Trial& trial);

private:
    /// One of the stores behind a store: itself, or a folder's part.
    struct Part {
        std::filesystem::path files;
        std::optional<files::Lease::Holder> holder;
    };
    /// Holds what all parts have of a trial's attempts.
    struct Found {
        TrialOutlook outlook;
        std::vector<configs::TrialResult> results;
        std::optional<configs::Failure> newest_failure;
        bool has_result_to_import = false;
    };

    Found find_attempts(const configs::Trial& trial) const;
    const Part* part_of(const store::AttemptEntry& attempt) const;
    /// Fills in `outlook` if a run trains the trial now, or the next run has to wait for its process. Returns whether it did.
    bool is_taken(TrialOutlook& outlook, const configs::Trial& trial,
                  const std::vector<store::AttemptEntry>& attempts) const;
    TrialOutlook again(const configs::Trial& trial);
    void find_checkpoint(TrialOutlook& outlook);
    std::optional<bool> is_whole(const std::filesystem::path& checkpoint);
    std::string changed_settings(const configs::Trial& trial) const;

    const store::Store* store_;
    store::Store* writer_ = nullptr;  ///< the same, for the run that writes it
    bool retry_failed_ = false;
    std::uintmax_t check_bytes_ = 0;
    std::unordered_set<std::string> done_, again_;
    std::vector<Part> parts_;
    std::map<std::string_view, const store::RevisionTrial*> before_;  ///< by label: another trial with the same label
    int damaged_ = 0;  ///< damaged checkpoints of the last trial surveyed
};

/// Surveys all trials read-only, in the sweep's order.
std::vector<TrialOutlook> outlooks_of(const configs::Sweep& sweep, const store::Store* store,
                                      const store::RevisionEntry* before, std::uintmax_t check_bytes = 1'000'000'000);

}  // namespace attnsweep::runner
