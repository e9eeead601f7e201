#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// What became of a folder of results.
struct ImportReport {
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
/// `publish`: called once before any is removed, for a store whose commits last only once they are published.
/// Throws Error when the store or the folder cannot be written; bad files are reported, never fatal.
ImportReport import_pending(Store& store, const std::function<void()>& publish = {});

/// Rebuilds: commits every `trials/ID/attempt-N/result.json` the store's folder holds; removes none.
ImportReport import_attempt_folders(Store& store);

}  // namespace attnsweep::store
