// A public header compiles alone. Those that show libtorch's types are compiled by their own first line
// of each source instead: a libtorch header takes twenty seconds.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/paths.h"
#include "tests/structure/source_files.h"

namespace attnsweep::tests {
namespace {

bool sees_torch(const std::filesystem::path& file)
{
    for (const Include& include : includes_of(file)) {
        if (include.target.starts_with("torch") || include.target.starts_with("ATen") ||
            include.target.starts_with("c10")) {
            return true;
        }
        if (include.quoted &&
            std::filesystem::exists(std::filesystem::path(attnsweep::tests::paths::source) / include.target) &&
            sees_torch(include.target)) {
            return true;
        }
    }
    return false;
}

TEST(Headers, EachCompilesAlone)
{
    int checked = 0;
    for (const std::string& folder : product_folders) {
        for (const auto& file : source_files(folder)) {
            if (file.extension() != ".h" || sees_torch(file)) {
                continue;
            }
            ++checked;
            const std::string command = std::string(attnsweep::tests::paths::compiler) +
                                        " -std=c++20 -fsyntax-only -x c++ -I" + attnsweep::tests::paths::source + " " +
                                        attnsweep::tests::paths::source + "/" + file.string();
            EXPECT_EQ(std::system(command.c_str()), 0) << file.string() << " does not compile alone";
        }
    }
    EXPECT_GT(checked, 20) << "the headers were not found";
}

}  // namespace
}  // namespace attnsweep::tests
