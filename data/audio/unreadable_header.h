#pragma once

#include <filesystem>
#include <string>

namespace attnsweep::data {

/// Returns why libsndfile cannot open a file of a format that it knows, from the file's own header, and else `reason`, which
/// is libsndfile's, without what says nothing of the file.
std::string why_unreadable(const std::filesystem::path& path, const std::string& reason);

}  // namespace attnsweep::data
