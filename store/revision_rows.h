#pragma once

#include <cstdint>
#include <string>

#include "configs/sweep.h"
#include "store/connection.h"
#include "store/revision_files.h"

namespace attnsweep::store {

/// The rows of sweeps and their revisions. Each function works inside the caller's transaction.

/// Returns the SHA-256 of a sweep's settings, data digests and trials: equal ones are one revision.
std::string fingerprint_of(const configs::Sweep& sweep);

/// Returns the number of the sweep's row, which is inserted if it is not there.
std::int64_t sweep_id_of(Connection& connection, const std::string& name);

/// Inserts a new revision of a sweep, the newest, with its trials. Returns its number in the database.
std::int64_t insert_revision(Connection& connection, const configs::Sweep& sweep, std::int64_t sweep_id,
                             const std::string& fingerprint, const std::string& sweep_file,
                             const std::string& data_path);

/// Reads a revision as its file describes it; `with_trials` false: without the trials.
RevisionFile revision_row(Connection& connection, std::int64_t id, bool with_trials = true);

}  // namespace attnsweep::store
