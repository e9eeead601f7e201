#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "files/lease.h"
#include "store/store.h"

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

/// Makes a consistent copy of a store, also while a run writes it: the database through SQLite's backup, then the files
/// it can be rebuilt from. Returns the number of bytes. Throws Error if `out` exists.
std::uintmax_t backup(const std::filesystem::path& store, const std::filesystem::path& out);

struct Merged {
    int revisions = 0, trials = 0, attempts = 0, renumbered = 0, same = 0;
};

/// Merges two stores into a new one. Revisions with equal content become one, and so do trials with the same id.
/// Attempts of `second` that `first` also has (same number, start and host) are left out, its others are numbered after
/// those of `first`. Attempt folders are copied without checkpoints. For a trial that is done in both, the result of
/// `first` counts. Throws Error if `out` exists.
Merged merge(const std::filesystem::path& first, const std::filesystem::path& second, const std::filesystem::path& out);

}  // namespace attnsweep::store
