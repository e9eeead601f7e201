// What each program loads (docs/architecture.md, "Three programs"), compared with what the loader says.
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/paths.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string libraries_of(const std::string& program)
{
    const std::string command = std::string("ldd ") + attnsweep::tests::paths::programs + "/" + program + " 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    std::array<char, 4096> piece{};
    while (std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) {
        text += piece.data();
    }
    return text;
}

TEST(Links, AttnsweepLoadsNeitherTorchNorMpi)
{
    const std::string libraries = libraries_of("attnsweep");
    EXPECT_THAT(libraries, HasSubstr("libsqlite3"));
    EXPECT_THAT(libraries, Not(HasSubstr("libtorch")));
    EXPECT_THAT(libraries, Not(HasSubstr("libc10")));
    EXPECT_THAT(libraries, Not(HasSubstr("libmpi")));
    EXPECT_THAT(libraries, Not(HasSubstr("not found")));
}

TEST(Links, ARankLoadsMpiAndNoTorch)
{
    const std::string libraries = libraries_of("attnsweep-run");
    EXPECT_THAT(libraries, HasSubstr("libmpi"));
    EXPECT_THAT(libraries, Not(HasSubstr("libtorch")));
    EXPECT_THAT(libraries, Not(HasSubstr("libc10")));
    EXPECT_THAT(libraries, Not(HasSubstr("not found")));
}

TEST(Links, ATrialLoadsTorchsCpuPartWithoutCudaMpiOrStore)
{
    const std::string libraries = libraries_of("attnsweep-trial");
    EXPECT_THAT(libraries, HasSubstr("libtorch_cpu"));
    EXPECT_THAT(libraries, HasSubstr("libc10"));
    EXPECT_THAT(libraries, Not(HasSubstr("libtorch_cuda")));
    EXPECT_THAT(libraries, Not(HasSubstr("libmpi")));
    EXPECT_THAT(libraries, Not(HasSubstr("libsqlite3")));
    EXPECT_THAT(libraries, Not(HasSubstr("not found")));
}

}  // namespace
}  // namespace attnsweep::tests
