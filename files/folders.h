#pragma once

#include <filesystem>
#include <set>

namespace attnsweep::files {

/// Returns the folder of a path's last component; "." if the path names none.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Inserts each folder above `path` up to and including `top`.
void insert_folders_above(const std::filesystem::path& path, const std::filesystem::path& top,
                          std::set<std::filesystem::path>& folders);

/// Syncs a folder, so that renames, creations and removals in it are durable. Throws Error.
void sync_folder(const std::filesystem::path& folder);

/// Creates a folder durably, with its parents as mkdir -p does; syncs the parent of each new one. Throws Error.
void create_folders(const std::filesystem::path& path);

/// Creates a folder as mkdir -p does, without syncing; call sync_folders when something in it must last. Throws Error.
void create_folders_unsynced(const std::filesystem::path& path);

/// Syncs each folder above `path` up to and including `top`, so that `path` itself is durable. Throws Error.
void sync_folders(const std::filesystem::path& path, const std::filesystem::path& top);

}  // namespace attnsweep::files
