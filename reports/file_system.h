#pragma once

#include <filesystem>

#include "files/error.h"
#include "reports/error.h"

namespace attnsweep::reports {

/// Whether a file system of this statfs() type is reached over a network, where SQLite's WAL does not work.
bool is_network_type(long file_system_type);

/// The file system `path`'s folder lies on; a folder that cannot be asked counts as local.
bool on_network_file_system(const std::filesystem::path& path);

/// What a file that could not be written means here: no_space for a full disk or quota, else unwritable.
Error::Kind kind_of_file_error(const files::Error& failure);

}  // namespace attnsweep::reports
