#pragma once

#include <filesystem>

namespace attnsweep::files {

/// Whether a file system of this statfs() type is reached over a network, where SQLite's WAL does not work.
bool is_network_type(long file_system_type);

/// The file system `path`'s folder lies on; a folder that cannot be asked counts as local. For tests,
/// ATTNSWEEP_TEST_FILE_SYSTEM=network makes every one be reached over a network.
bool on_network_file_system(const std::filesystem::path& path);

}  // namespace attnsweep::files
