#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::reports {

/// Returns whether the file is there and is not one that attnsweep wrote, which has `mark` in its first 64 KiB. An empty file
/// is nobody's.
bool is_of_others(const std::filesystem::path& file, std::string_view mark);

/// Refuses to write over files that attnsweep did not write. `names`: the files to be written into `folder`. If the first of
/// them is there and has `mark`, all of them are taken for those of an earlier time; else none may be there. Throws
/// store::Error (unwritable), naming the first file in the way and the option.
void refuse_files_of_others(const std::filesystem::path& folder, const std::vector<std::string>& names,
                            std::string_view mark, const std::string& option);

/// Refuses a folder to write into that is something else. Throws store::Error (unwritable), naming it and the option.
void refuse_what_is_no_folder(const std::filesystem::path& folder, const std::string& option);

}  // namespace attnsweep::reports
