#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/store.h"

namespace attnsweep::reports {

/// What became of a folder of results.
struct TakenIn {
    std::vector<std::string> committed;  ///< trial ids whose result is now in the store (or was already)
    struct Refused {
        std::filesystem::path file;  ///< where it lies now
        std::string reason;
    };
    std::vector<Refused> damaged;    ///< could not be read: moved aside as NAME.damaged
    std::vector<Refused> strangers;  ///< of a trial that no recorded sweep has: left where they are
};

/// Commits every result in `store.pending_folder()` and removes each file after its commit. A crash in between is
/// harmless: the next call commits it again (nothing changes) and removes it. No folder, nothing to do.
/// Throws Error when the store or the folder cannot be written; bad files are reported, never fatal.
TakenIn take_in_pending(Store& store);

/// Commits one pending file, as take_in_pending does with each it finds. True when it is in the store and removed.
bool take_in(Store& store, const std::filesystem::path& file, TakenIn& taken);

/// Rebuilds: commits every `trials/ID/attempt-N/result.json` the store's folder holds; removes none.
TakenIn take_in_attempt_folders(Store& store);

}  // namespace attnsweep::reports
