#pragma once

#include <cstdint>
#include <filesystem>

namespace attnsweep::store {

/// For backup() and merge(), which write a store to a place where there is none.

/// Throws Error if a store or its folder exists at `out`.
void refuse_if_there(const std::filesystem::path& out);

/// Copies one file durably. Returns its size in bytes. Throws files::Error.
std::uintmax_t copy_one(const std::filesystem::path& from, const std::filesystem::path& to);

/// Copies the files of a folder durably, temporary ones left out; nothing where there is no such folder. Returns their size in
/// bytes. Throws files::Error.
std::uintmax_t copy_files(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace attnsweep::store
