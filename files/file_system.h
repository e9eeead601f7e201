#pragma once

#include <filesystem>
#include <string_view>

namespace attnsweep::files {

/// Returns whether a file system of this statfs() type is reached over a network, where SQLite's WAL does not work.
bool is_network_type(long file_system_type);

/// Returns whether syncfs() is as safe as fsync() of each file, on a file system of this statfs() type under the kernel
/// `release` (uname -r): if the kernel itself writes to a disk (a FUSE server is not asked to sync), from Linux 5.17
/// on, which reports all write errors (5.8: only those of data).
bool syncs_as_one(long file_system_type, std::string_view release);

/// Returns whether `path`'s folder is on a file system reached over a network; false if that cannot be determined. For
/// tests, ATTNSWEEP_TEST_FILE_SYSTEM=network makes it true for all.
bool on_network_file_system(const std::filesystem::path& path);

}  // namespace attnsweep::files
