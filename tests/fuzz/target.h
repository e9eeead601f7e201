#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/fuzz/mutation.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {

/// One reader of users' files, and files that it takes.
struct Target {
    /// Makes the files to be changed.
    std::function<std::vector<std::string>(const TemporaryFolder&)> seeds;
    /// Reads the changed bytes, which lie in `file` as well. Returns what users are told, as the
    /// programs print it; throws the project's errors.
    std::function<std::vector<std::string>(const std::filesystem::path& file, const std::string& bytes)> read;
    std::string ending = {};  ///< of the file's name
    Seal seal = {};
    /// Files read as they are, before others: those of the corpus that are too long to be kept.
    std::vector<std::string> long_files = {};
};

/// Returns JSON nested 100,000 deep between the two texts: what handles it by recursion has no stack left.
inline std::string deep_json(const std::string& before, const std::string& after)
{
    constexpr std::size_t levels = 100'000;
    return before + std::string(levels, '[') + std::string(levels, ']') + after;
}

/// The readers of data/: audio, shards, data sets, manifests, data configs.
std::map<std::string, Target> targets_of_data();
/// The readers of what a sweep is and leaves: sweep files, weights, checkpoints, results, journals, revisions, `--where`.
std::map<std::string, Target> targets_of_sweeps();

}  // namespace attnsweep::tests
