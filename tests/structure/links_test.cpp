// What each program loads (docs/architecture.md, "Three programs"), compared with what the loader says.
#include <array>
#include <cstdio>
#include <filesystem>
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

std::string output_of(const std::string& command)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    std::array<char, 4096> piece{};
    while (std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) {
        text += piece.data();
    }
    return text;
}

/// `before`: for the shell, before the command.
std::string libraries_of(const std::string& program, const std::string& before = "")
{
    return output_of(before + "ldd " + attnsweep::tests::paths::programs + "/" + program + " 2>&1");
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

TEST(Links, ThePluginForGpusLinksNothingOfCuda)
{
    const std::string plugin = std::string(attnsweep::tests::paths::programs) + "/libattnsweep_cuda.so";
    if (!std::filesystem::exists(plugin)) {
        GTEST_SKIP() << "CUDA's headers were not installed when this was built";
    }
    const std::string needed = output_of("readelf -d " + plugin + " | grep NEEDED");
    EXPECT_THAT(needed, HasSubstr("libtorch_cpu.so"));
    EXPECT_THAT(needed, Not(HasSubstr("cud")));  // libcudart, libtorch_cuda, libc10_cuda
    EXPECT_THAT(needed, Not(HasSubstr("nccl")));
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
