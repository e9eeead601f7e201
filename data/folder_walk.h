#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace attnsweep::data {

/// What lies below a folder.
struct FolderContent {
    std::vector<std::filesystem::path> audio;          ///< by their names (looks_like_audio), sorted
    std::vector<std::filesystem::path> audio_folders;  ///< direct sub-folders with audio in them, sorted
    std::vector<std::string> notes;                    ///< links that were not followed
    std::int64_t other_files = 0;                      ///< not audio by their name
    bool has_audio_itself = false;                     ///< not only in sub-folders
};

/// Returns the folders directly in `folder`, links to folders included, sorted; not hidden ones, not `out`. Links that
/// lead nowhere, to themselves or to a folder around them are left out and noted. Throws Error, also if `out` is one of
/// these folders and has recordings.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder, const std::filesystem::path& out,
                                              std::vector<std::string>& notes);

/// Searches a folder to any depth, without hidden files and folders. A link to a folder that contains it is noted and
/// not followed. Throws Error naming a folder that cannot be read, or that is `out` and has recordings.
FolderContent content_of(const std::filesystem::path& folder, const std::filesystem::path& out);

}  // namespace attnsweep::data
