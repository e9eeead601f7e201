#pragma once

#include <cstdint>
#include <filesystem>

namespace attnsweep::store {

/// Makes a consistent copy of a store, also while a run writes it: the database through SQLite's backup, then the files
/// it can be rebuilt from. Returns the number of bytes. Throws Error if `out` exists.
std::uintmax_t backup(const std::filesystem::path& store, const std::filesystem::path& out);

}  // namespace attnsweep::store
