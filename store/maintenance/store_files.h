#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/annotations.h"
#include "store/connection.h"
#include "store/journal.h"
#include "store/revision_files.h"

namespace attnsweep::store {

/// The content of `results.db.d`, from which the database can be rebuilt row for row.
struct StoreFiles {
    std::vector<RevisionFile> revisions;
    AttemptNotes notes;
    std::map<AttemptKey, configs::TrialResult> results;  ///< each attempt's result.json
    std::vector<Annotation> annotations;                 ///< by name
    std::vector<std::string> damaged;                    ///< one line per file that could not be read
};

/// Reads a store's folder. Throws files::Error if the folder cannot be read; single unreadable files are listed in
/// `damaged`.
StoreFiles read_store_files(const std::filesystem::path& store_folder);

/// Fills an empty database. Attempts without a number in the journal come last, with the times of their files. Returns
/// one line per result whose trial is in no revision. Throws Error.
std::vector<std::string> fill_from_files(Connection& connection, const StoreFiles& files,
                                         const std::filesystem::path& store_folder);

}  // namespace attnsweep::store
