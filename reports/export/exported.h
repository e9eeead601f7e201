#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace attnsweep::reports {

/// What an export wrote.
struct Exported {
    std::vector<std::filesystem::path> files;  ///< csv, json: both; tensorboard: the folder
    std::int64_t trials = 0, epochs = 0;
    std::int64_t not_begun = 0;  ///< trials that are in no file, since nothing is known of them yet
};

}  // namespace attnsweep::reports
