#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "files/folders.h"

namespace attnsweep::files {

/// Writes `bytes` to a temporary name beside `path`, syncs, renames, syncs the folder: after return the file is
/// there whole, whatever happens next; before, the old one is. Throws Error (the temporary file is removed).
void write_durably(const std::filesystem::path& path, std::string_view bytes);

struct NewFile {
    std::filesystem::path path;
    std::string_view bytes;
};

/// The same for several, each by itself: all are on their way to the disk before the first is waited for, and a folder that
/// holds some of them is synced once. When it throws, some may be in place; temporary files are removed.
void write_durably(std::span<const NewFile> files);

/// The same for a burst of files in folders just made below `top`: the folders above them are synced too, up to the entries in
/// `top`. Many are synced as one, with all else on their file system (syncfs), where that is as safe.
void write_burst_durably(std::span<const NewFile> files, const std::filesystem::path& top);

/// The same for a file some library writes itself (HDF5, an image): `write` gets the temporary path.
void write_durably(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write);

/// The same without syncing: whoever reads sees the old file or the new one, whole; a power cut may leave neither. For what
/// means nothing after one. Throws Error.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same in place: whoever reads may see a part of it, or of the old one. Throws Error.
void write_unsynced(const std::filesystem::path& path, std::string_view bytes);

/// A second name for a file in place of what has that name, not synced; a copy where the file system has no hard links.
/// Throws Error.
void link_atomically(const std::filesystem::path& file, const std::filesystem::path& name);

/// What a copied file holds.
struct CopiedFile {
    std::uint32_t crc32c = 0;
    std::uintmax_t bytes = 0;
    bool operator==(const CopiedFile&) const = default;
};

/// Makes `to`, or overwrites it in place; in large pieces, as file servers like it. `durable`: synced, though not its folder.
/// Throws Error.
CopiedFile copy_file(const std::filesystem::path& from, const std::filesystem::path& to, bool durable);

/// The whole file. Throws Error.
std::string read_file(const std::filesystem::path& path);

/// Removes a file and syncs its folder; no error when it is not there. Throws Error.
void remove_durably(const std::filesystem::path& path);

/// `bytes` followed by a CRC-32C trailer, written durably; read back verified. Throws Error ("damaged") on a mismatch.
void write_checked(const std::filesystem::path& path, std::string_view bytes);
std::string read_checked(const std::filesystem::path& path);

}  // namespace attnsweep::files
