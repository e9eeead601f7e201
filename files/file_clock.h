#pragma once

#include <ctime>
#include <filesystem>
#include <optional>

namespace attnsweep::files {

/// Returns when a file was last changed, in seconds since 1970 on its file system's clock; nullopt if it does not
/// exist.
std::optional<double> changed_at(const std::filesystem::path& path);

/// Returns the current time on the clock of a folder's file system, in seconds since 1970, by creating a file there:
/// clocks of machines differ, a file server has one. Throws Error.
double file_system_time(const std::filesystem::path& folder);

double seconds_of(const timespec& time);

}  // namespace attnsweep::files
