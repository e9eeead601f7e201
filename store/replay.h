#pragma once

#include <filesystem>

#include "store/connection.h"
#include "store/journal.h"

namespace attnsweep::store {

/// Enters what the journal says and the database does not: attempts that began, under their numbers, their epochs, their ends,
/// and the results of those that were committed, from their files in `store_folder`. What the database has already stays; a
/// result that cannot be read, and a trial that no recorded sweep has, are passed over. One transaction, not noted in a
/// journal again. Throws Error.
void replay(Connection& connection, const AttemptNotes& notes, const std::filesystem::path& store_folder);

}  // namespace attnsweep::store
