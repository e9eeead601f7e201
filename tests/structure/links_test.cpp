// What each program loads (docs/architecture.md, "Three programs"), compared with what the loader says.
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/paths.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// `before`: for the shell, before the command.
std::string libraries_of(const std::string& program, const std::string& before = "")
{
    const std::string command = before + "ldd " + attnsweep::tests::paths::programs + "/" + program + " 2>&1";
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

TEST(Links, ALoadedModulesLibrariesAreNotTaken)
{
    const TemporaryFolder module;
    for (const char* library : {"libmpi.so.40", "libtorch_cpu.so", "libc10.so"}) {
        std::ofstream(module / library) << "of another build";
    }
    const std::string before = "LD_LIBRARY_PATH='" + module.path().string() + "' ";
    for (const char* program : {"attnsweep-run", "attnsweep-trial"}) {
        if (libraries_of(program).find("libmpi.so.40 => /lib") != std::string::npos ||
            libraries_of(program).find("libmpi.so.40 => /usr/lib") != std::string::npos) {
            continue;  // the system's MPI (-DMPI_HOME): LD_LIBRARY_PATH comes before the system's folders
        }
        const std::string libraries = libraries_of(program, before);
        EXPECT_THAT(libraries, Not(HasSubstr(module.path().string())));
        EXPECT_THAT(libraries, Not(HasSubstr("file too short"))) << program;
    }
}

}  // namespace
}  // namespace attnsweep::tests
