// The design's table of folders, held: who may include whom, and which library's headers are seen where.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/structure/source_files.h"

namespace attnsweep::tests {
namespace {

const std::map<std::string, std::set<std::string>> may_include = {
    {"files", {"files"}},
    {"configs", {"configs", "files"}},
    {"data", {"data", "configs", "files"}},
    {"model", {"model", "configs", "files"}},
    {"scheduler", {"scheduler", "configs"}},
    {"store", {"store", "configs", "files"}},
    {"reports", {"reports", "configs", "store", "files"}},
    {"runner", {"runner", "configs", "files", "data", "model", "scheduler", "store", "reports"}},
};

/// Folders -> what their sources may not include although the table above lets them.
const std::map<std::string, std::vector<std::string>> may_not_include = {
    {"reports", {"store/connection.h"}},
    {"runner", {"store/connection.h"}},
    {"runner/node", {"reports/", "runner/cli/", "runner/planning/", "runner/rank/", "runner/trial/"}},
    {"runner/planning", {"reports/", "runner/cli/", "runner/rank/", "runner/trial/"}},
    {"runner/rank", {"reports/", "runner/cli/"}},
    {"runner/trial", {"reports/", "store/", "runner/cli/", "runner/rank/", "runner/planning/"}},
    {"runner/cli", {"runner/rank/", "runner/trial/"}},
};

/// Library header (by its beginning) -> the only places (by their beginning) whose sources may include it.
const std::map<std::string, std::vector<std::string>> only_in = {
    {"toml++", {"configs/", "data/"}},
    {"hdf5.h", {"data/"}},
    {"hwy", {"model/"}},
    {"sndfile", {"data/audio/", "data/demo/"}},
    {"mpg123", {"data/audio/"}},
    {"soxr", {"data/audio/"}},
    {"utf8proc", {"configs/", "data/"}},
    {"fftw", {"data/"}},
    {"fluidsynth", {"data/demo/"}},
    {"torch", {"model/", "runner/trial/"}},
    {"ATen", {"model/", "runner/trial/"}},
    {"c10", {"model/", "runner/trial/"}},
    {"cuda", {"model/cuda/plugin/"}},
    {"mpi.h", {"scheduler/mpi/"}},
    {"SQLiteCpp", {"store/"}},
    {"sqlite3", {"store/"}},
    {"boost", {"reports/"}},
    {"CLI/", {"runner/"}},
    {"isa-l", {"files/"}},
    {"sha256.h", {"files/"}},
};

TEST(Includes, FoldersDependOneWay)
{
    int seen = 0;
    for (const std::string& folder : product_folders) {
        EXPECT_TRUE(may_include.contains(folder)) << folder << "/ is missing in the table";
    }
    for (const auto& [folder, allowed] : may_include) {
        for (const auto& file : source_files(folder)) {
            for (const Include& include : includes_of(file)) {
                const std::string target = include.target.substr(0, include.target.find('/'));
                if (!include.quoted || !may_include.contains(target)) {
                    continue;
                }
                ++seen;
                EXPECT_TRUE(allowed.contains(target)) << file.string() << ":" << include.line << " includes "
                                                      << include.target << ", which " << folder << "/ may not";
            }
        }
    }
    EXPECT_GT(seen, 100) << "the sources were not found";
}

TEST(Includes, FoldersOfTheRunnerDependOneWay)
{
    int seen = 0;
    for (const auto& [folder, refused] : may_not_include) {
        for (const auto& file : source_files(folder)) {
            ++seen;
            for (const Include& include : includes_of(file)) {
                for (const std::string& beginning : refused) {
                    EXPECT_FALSE(include.quoted && include.target.starts_with(beginning))
                        << file.string() << ":" << include.line << " includes " << include.target << ", which "
                        << folder << "/ may not";
                }
            }
        }
    }
    EXPECT_GT(seen, 50) << "the sources were not found";
}

TEST(Includes, EachLibraryIsSeenInItsFoldersAlone)
{
    for (const auto& [folder, unused] : may_include) {
        for (const auto& file : source_files(folder)) {
            for (const Include& include : includes_of(file)) {
                for (const auto& [library, places] : only_in) {
                    if (!include.target.starts_with(library) ||
                        (include.quoted && may_include.contains(include.target.substr(0, include.target.find('/'))))) {
                        continue;
                    }
                    EXPECT_TRUE(std::any_of(places.begin(), places.end(),
                                            [&](const std::string& place) { return file.string().starts_with(place); }))
                        << file.string() << ":" << include.line << " includes " << include.target;
                }
            }
        }
    }
}

TEST(Includes, PublicHeadersShowNoLibrarysCTypes)
{
    // libtorch's types are model/'s language and stay allowed there.
    const std::set<std::string> hidden = {"hdf5.h", "sndfile.h",    "soxr.h",   "fftw3.h",    "sqlite3.h",
                                          "mpi.h",  "fluidsynth.h", "sha256.h", "isa-l/crc.h"};
    for (const auto& [folder, unused] : may_include) {
        for (const auto& file : source_files(folder)) {
            for (const Include& include : includes_of(file)) {
                const bool shown = file.extension() == ".h" && hidden.contains(include.target);
                EXPECT_FALSE(shown) << file.string() << ":" << include.line << " includes " << include.target;
            }
        }
    }
}

}  // namespace
}  // namespace attnsweep::tests
