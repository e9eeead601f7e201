#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace attnsweep::store {

/// What `verify` found. `problems`: what is wrong with the store. `notes`: worth knowing.
struct Verified {
    std::vector<std::string> problems, notes;
    int rows = 0, files = 0;
    int results = 0;        ///< in the database
    int without_files = 0;  ///< of these, the ones that a rebuilt database would lack
    std::string remedy;     ///< what to do about the problems; empty if there are none
    bool ok() const { return problems.empty(); }
};

/// Verifies a store: SQLite's own checks, foreign keys, each row against the files, checksums of weights and
/// checkpoints, missing and unknown files. Reads only. Throws Error.
Verified verify(const std::filesystem::path& store);

}  // namespace attnsweep::store
