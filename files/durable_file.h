#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace attnsweep::files {

/// Writes `bytes` to a temporary name beside `path`, syncs, renames, syncs the folder: after return the file is
/// there whole, whatever happens next; before, the old one is. Throws Error (the temporary file is removed).
void write_durably(const std::filesystem::path& path, std::string_view bytes);

/// The same for a file some library writes itself (HDF5, an image): `write` gets the temporary path.
void write_durably(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write);

/// The whole file. Throws Error.
std::string read_file(const std::filesystem::path& path);

/// Removes a file and syncs its folder; no error when it is not there. Throws Error.
void remove_durably(const std::filesystem::path& path);

/// mkdir -p, each new folder's parent synced. Throws Error.
void create_folders(const std::filesystem::path& path);

/// `bytes` followed by a CRC-32C trailer, written durably; read back verified. Throws Error ("damaged") on a mismatch.
void write_checked(const std::filesystem::path& path, std::string_view bytes);
std::string read_checked(const std::filesystem::path& path);

}  // namespace attnsweep::files
