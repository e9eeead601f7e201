#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "store/connection.h"
#include "store/error.h"
#include "store/journal.h"

namespace attnsweep::store {

/// Lists the attempts that ended with a result, in the order they began; of a damaged database those that can be read.
std::vector<AttemptKey> results_in(Connection& connection);

/// Lists the attempts with a result in the store's current database; empty if there is none or nothing in it can be
/// read. Throws Error if the database is newer, locked by another process, or not readable for lack of permission.
std::vector<AttemptKey> results_in_place(const std::filesystem::path& store);

/// Returns the attempts of `kept` that `rebuilt` lacks.
std::vector<AttemptKey> results_lost(const std::vector<AttemptKey>& kept, Connection& rebuilt);

/// Makes the error which says that a rebuilt store would lack `lost` of its `results`, names some, and says what to do.
Error would_lose(const std::filesystem::path& store, std::size_t results, const std::vector<AttemptKey>& lost);

}  // namespace attnsweep::store
