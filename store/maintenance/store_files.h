#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/connection.h"
#include "store/journal.h"
#include "store/revision_files.h"

namespace attnsweep::store {

/// All that `results.db.d` says of a store: from it the database can be made anew, row for row.
struct StoreFiles {
    std::vector<RevisionFile> revisions;
    AttemptNotes notes;
    std::map<AttemptKey, configs::TrialResult> results;  ///< each attempt's result.json
    std::vector<std::string> damaged;                    ///< what could not be read, a line each
};

/// Throws files::Error when the folder cannot be read; single files that cannot are in `damaged`.
StoreFiles read_store_files(const std::filesystem::path& store_folder);

/// Fills an empty database. Attempts that no note numbers come last; their times are those of their files.
/// -> results of trials that no revision has. Throws Error.
std::vector<std::string> fill_from_files(Connection& connection, const StoreFiles& files,
                                         const std::filesystem::path& store_folder);

}  // namespace attnsweep::store
