#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "files/folders.h"

namespace attnsweep::files {

/// Writes a file durably: to a temporary name beside `path`, synced, renamed, folder synced. After return the new file
/// is complete, whatever happens next; until then the old one is. Throws Error (the temporary file is removed).
void write_durably(const std::filesystem::path& path, std::string_view bytes);

/// Writes a file durably that a library writes itself (HDF5, an image): `write` receives the temporary path. Throws
/// Error.
void write_durably(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write);

/// Writes a file atomically without syncing: readers see the old file or the new one, complete; after a power failure
/// there may be neither. For files that are meaningless after one. Throws Error.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Writes a file in place without syncing: readers may see a part of it, or of the old one. Throws Error.
void write_unsynced(const std::filesystem::path& path, std::string_view bytes);

/// Gives `file` the second name `name`, atomically replacing what has that name, not synced; copies it if the file
/// system has no hard links. Throws Error.
void link_atomically(const std::filesystem::path& file, const std::filesystem::path& name);

/// Checksum and size of a copied file.
struct CopiedFile {
    std::uint32_t crc32c = 0;
    std::uintmax_t bytes = 0;
    bool operator==(const CopiedFile&) const = default;
};

/// Copies a file to `to`, overwriting it in place; in large pieces, as file servers prefer. `durable`: the file is
/// synced, its folder is not. Throws Error.
CopiedFile copy_file(const std::filesystem::path& from, const std::filesystem::path& to, bool durable);

/// Returns a file's content. Throws Error.
std::string read_file(const std::filesystem::path& path);

/// Removes a file and syncs its folder; a missing file is not an error. Throws Error.
void remove_durably(const std::filesystem::path& path);

/// Writes `bytes` and a CRC-32C trailer durably. Throws Error.
void write_checked(const std::filesystem::path& path, std::string_view bytes);
/// Reads a file of write_checked, without the trailer. Throws Error ("damaged") when the checksum does not match.
std::string read_checked(const std::filesystem::path& path);

}  // namespace attnsweep::files
