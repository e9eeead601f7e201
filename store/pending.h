#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// The outcome of importing a folder of results.
struct ImportReport {
    std::vector<std::string> committed;  ///< trial ids whose result is now in the store (or was already)
    struct Refused {
        std::filesystem::path file;  ///< where it is now
        std::string reason;
    };
    std::vector<Refused> damaged;    ///< unreadable; renamed to NAME.damaged
    std::vector<Refused> strangers;  ///< orphans, whose trial is in no recorded sweep; left where they are
};

/// Commits every result in `store.pending_folder()` and removes each file after its commit. After a crash in between,
/// the next call commits it again (which changes nothing) and removes it. Does nothing without the folder. `publish` is
/// called once before any file is removed, for a store whose commits are durable only when published. Throws Error if
/// the store or the folder cannot be written; bad files are reported, never fatal.
ImportReport import_pending(Store& store, const std::function<void()>& publish = {});

/// Commits every `trials/ID/attempt-N/result.json` in the store's folder and removes none. Throws Error like
/// import_pending().
ImportReport import_attempt_folders(Store& store);

}  // namespace attnsweep::store
