#pragma once

#include <filesystem>
#include <string_view>

namespace attnsweep::files {

/// Whether a file system of this statfs() type is reached over a network, where SQLite's WAL does not work.
bool is_network_type(long file_system_type);

/// Whether syncfs() leaves on the disk, or reports, what fsync() of each file would, on a file system of this statfs() type and the
/// kernel `release` (uname -r): where the kernel itself writes to a disk (a FUSE server is asked for nothing), and from Linux 5.17
/// on, which reports whatever could not be written (5.8: data alone).
bool syncs_as_one(long file_system_type, std::string_view release);

/// The file system `path`'s folder lies on; a folder that cannot be asked counts as local. For tests,
/// ATTNSWEEP_TEST_FILE_SYSTEM=network makes every one be reached over a network.
bool on_network_file_system(const std::filesystem::path& path);

}  // namespace attnsweep::files
