#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/paths.h"

namespace attnsweep::tests {

/// The folders of the product, in no order.
inline const std::vector<std::string> product_folders = {"files",     "configs", "data",    "model",
                                                         "scheduler", "store",   "reports", "runner"};

struct Include {
    std::string target;  ///< as written between quotes or angle brackets
    bool quoted = false;
    int line = 0;
};

/// Every `*.h` and `*.cpp` below the folder, relative to the source tree, sorted.
inline std::vector<std::filesystem::path> source_files(const std::string& folder)
{
    const std::filesystem::path root = attnsweep::tests::paths::source;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
        const auto extension = entry.path().extension();
        if (entry.is_regular_file() && (extension == ".h" || extension == ".cpp")) {
            files.push_back(std::filesystem::relative(entry.path(), root));
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

inline std::vector<Include> includes_of(const std::filesystem::path& file)
{
    std::ifstream stream(std::filesystem::path(attnsweep::tests::paths::source) / file);
    std::vector<Include> includes;
    std::string text;
    for (int line = 1; std::getline(stream, text); ++line) {
        if (!text.starts_with("#include ")) {
            continue;
        }
        const auto open = text.find_first_of("<\"", 9);
        const auto close = text.find_first_of(">\"", open + 1);
        if (open != std::string::npos && close != std::string::npos) {
            includes.push_back({text.substr(open + 1, close - open - 1), text[open] == '"', line});
        }
    }
    return includes;
}

}  // namespace attnsweep::tests
