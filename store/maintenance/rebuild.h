#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "files/lease.h"

namespace attnsweep::store {

/// The outcome of a rebuild.
struct Rebuilt {
    int revisions = 0, attempts = 0, done = 0;
    std::vector<std::string> damaged, strangers;  ///< what was left out, one line each
    std::filesystem::path kept_aside;             ///< the previous database; empty: there was none
};

/// What to do about results that the current database has and the files do not.
enum class MissingResults { refuse, drop };

/// Rebuilds the database from `results.db.d` alone and replaces the old one, which is kept as results.db.before-N (with
/// its -wal). `lease`: the caller's, for a store that others may write; it is checked before anything is replaced.
/// Throws Error and files::Error; with MissingResults::refuse also, before anything is changed, if the current database
/// (as far as it is readable) has results that the rebuilt one would lack.
Rebuilt rebuild(const std::filesystem::path& store, files::Lease* lease = nullptr,
                MissingResults missing = MissingResults::refuse);

}  // namespace attnsweep::store
