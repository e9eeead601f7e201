#pragma once

#include <filesystem>

#include "store/connection.h"
#include "store/journal.h"

namespace attnsweep::store {

/// Replays into the database what the journal has and the database lacks: attempts that began, under their numbers,
/// with their epochs and ends, and the results that were committed, from their files in `store_folder`. Does not change
/// what the database has already; skips results that cannot be read and trials that no recorded sweep has. One
/// transaction, not journalled again. Throws Error.
void replay(Connection& connection, const AttemptNotes& notes, const std::filesystem::path& store_folder);

}  // namespace attnsweep::store
