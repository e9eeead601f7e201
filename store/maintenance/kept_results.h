#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "store/connection.h"
#include "store/error.h"
#include "store/journal.h"

namespace attnsweep::store {

/// Finds the attempts that ended with a result, in the order they began; of a damaged database those that can be read.
std::vector<AttemptKey> results_in(Connection& connection);

/// Does the same for the database in place; finds none when there is none, or when nothing of it can be read. Throws Error when it is
/// newer, held by another process, or may not be read.
std::vector<AttemptKey> results_in_place(const std::filesystem::path& store);

/// Leaves of `kept` those that `rebuilt` lacks.
std::vector<AttemptKey> results_lost(const std::vector<AttemptKey>& kept, Connection& rebuilt);

/// Says that a rebuilt store would lack `lost` of its `results`, names some, and what to do.
Error would_lose(const std::filesystem::path& store, std::size_t results, const std::vector<AttemptKey>& lost);

}  // namespace attnsweep::store
