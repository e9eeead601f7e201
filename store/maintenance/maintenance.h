#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "files/lease.h"
#include "store/store.h"

namespace attnsweep::store {

/// What became of a store that was made from its files.
struct Rebuilt {
    int revisions = 0, attempts = 0, done = 0;
    std::vector<std::string> damaged, strangers;  ///< left out, a line each
    std::filesystem::path kept_aside;             ///< the database before; empty: there was none
};

/// What becomes of results that the database in place has and the files have not.
enum class MissingResults { refuse, drop };

/// Makes the database anew from `results.db.d` alone and puts it in the place of the old one, which is kept aside as
/// results.db.before-N (with its -wal). `lease`: the caller's, on a store that others may write; checked before anything is put
/// in place. Throws Error, files::Error; with MissingResults::refuse also, before anything is changed, when the database in
/// place has results that the rebuilt one would lack. One that is damaged is asked for what of it can be read.
Rebuilt rebuild(const std::filesystem::path& store, files::Lease* lease = nullptr,
                MissingResults missing = MissingResults::refuse);

/// What `verify` found. `problems`: the store is not as it should be. `notes`: worth knowing.
struct Verified {
    std::vector<std::string> problems, notes;
    int rows = 0, files = 0;
    int results = 0;        ///< in the database
    int without_files = 0;  ///< of these, the ones that a rebuilt database would lack
    std::string remedy;     ///< what to do about the problems; empty without
    bool ok() const { return problems.empty(); }
};

/// SQLite's own checks, foreign keys, each row against what the files say, checksums of weights and checkpoints, files that
/// are missing or that nobody knows. Reads only. Throws Error.
Verified verify(const std::filesystem::path& store);

/// A copy that is consistent while a run writes: the database by SQLite's backup, then the files it can be rebuilt from.
/// -> bytes. Throws Error when `out` is there already.
std::uintmax_t backup(const std::filesystem::path& store, const std::filesystem::path& out);

struct Merged {
    int revisions = 0, trials = 0, attempts = 0, renumbered = 0, same = 0;
};

/// Two stores into a new one. Revisions with equal content become one; a trial is one; of `second`, attempts that `first` has
/// too (same number, beginning and host) are left out, the others are numbered after those of `first`. Attempts' folders are
/// copied without checkpoints. Of a trial done in both, the result of `first` counts. Throws Error when `out` is there.
Merged merge(const std::filesystem::path& first, const std::filesystem::path& second, const std::filesystem::path& out);

}  // namespace attnsweep::store
