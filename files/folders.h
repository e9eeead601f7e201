#pragma once

#include <filesystem>
#include <set>

namespace attnsweep::files {

/// That a path's last name stands in; "." where none is named.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Each folder above `path` that has an entry below `top`, and `top`.
void insert_folders_above(const std::filesystem::path& path, const std::filesystem::path& top,
                          std::set<std::filesystem::path>& folders);

/// What was renamed in it, made or removed stays so. Throws Error.
void sync_folder(const std::filesystem::path& folder);

/// mkdir -p, each new folder's parent synced. Throws Error.
void create_folders(const std::filesystem::path& path);

/// mkdir -p without syncing: sync_folders is for when something in them is to last. Throws Error.
void create_folders_unsynced(const std::filesystem::path& path);

/// Syncs the entries of `path` and of each folder above it in turn, up to those in `top`. Throws Error.
void sync_folders(const std::filesystem::path& path, const std::filesystem::path& top);

}  // namespace attnsweep::files
