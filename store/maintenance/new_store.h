#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <system_error>

namespace attnsweep::store {

/// For backup() and merge(), which write a store to a place where there is none.

/// Calls `make`, which makes a store and its folder at `out`. Throws Error, naming `out` and the remedy, if something is
/// there already, and if `make` throws; then nothing that was made stays.
void make_new_store(const std::filesystem::path& out, const std::function<void()>& make);

/// For the end of a loop over a folder's entries: throws files::Error if they could not be read, but not where there is no
/// such folder.
void require_listed(const std::filesystem::path& folder, const std::error_code& code);

/// Copies one file durably. Returns its size in bytes. Throws files::Error.
std::uintmax_t copy_one(const std::filesystem::path& from, const std::filesystem::path& to);

/// Copies the files of a folder durably, temporary ones left out; nothing where there is no such folder. Returns their size in
/// bytes. Throws files::Error.
std::uintmax_t copy_files(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace attnsweep::store
