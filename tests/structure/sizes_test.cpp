// How large a source and a folder may be.
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/structure/source_files.h"

namespace attnsweep::tests {
namespace {

std::vector<std::string> folders_with_sources()
{
    std::vector<std::string> folders = product_folders;
    folders.push_back("tests");
    return folders;
}

TEST(Sizes, NoSourceIsLongerThan400Lines)
{
    for (const std::string& folder : folders_with_sources()) {
        for (const auto& file : source_files(folder)) {
            std::ifstream stream(std::filesystem::path(paths::source) / file);
            std::string line;
            int lines = 0;
            while (std::getline(stream, line)) {
                ++lines;
            }
            EXPECT_LE(lines, 400) << file.string() << ": split it by subject";
            EXPECT_GT(lines, 0) << file.string() << " is empty or was not found";
        }
    }
}

TEST(Sizes, NoFolderHasMoreThan35Units)
{
    std::map<std::string, std::set<std::string>> units;
    for (const std::string& folder : folders_with_sources()) {
        for (const auto& file : source_files(folder)) {
            units[file.parent_path().string()].insert(file.stem().string());
        }
    }
    EXPECT_GT(units.size(), 20u) << "the sources were not found";
    for (const auto& [folder, names] : units) {
        EXPECT_LE(names.size(), 35u) << folder << ": order it by subfolders";
    }
}

}  // namespace
}  // namespace attnsweep::tests
