#pragma once

#include <ctime>
#include <filesystem>
#include <optional>

namespace attnsweep::files {

/// Returns when a file was last changed, in seconds of its file system's clock since 1970; nothing when it is not there.
std::optional<double> changed_at(const std::filesystem::path& path);

/// Returns what the clock of a folder's file system shows now, in seconds since 1970, by making a file there for a moment:
/// machines' clocks differ, a file server has one. Throws Error.
double file_system_time(const std::filesystem::path& folder);

double seconds_of(const timespec& time);

}  // namespace attnsweep::files
