#include "files/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::files {
namespace {

using ::testing::HasSubstr;
using tests::TemporaryFolder;

TEST(Lease, ASecondHolderIsRefusedByHostAndProcess)
{
    const TemporaryFolder folder;
    const Lease first(folder / "lease");
    try {
        const Lease second(folder / "lease");
        FAIL() << "expected an error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("process " + std::to_string(::getpid())));
        EXPECT_THAT(error.what(), HasSubstr("--store"));
    }
}

TEST(Lease, IsFreeAgainAfterItsScope)
{
    const TemporaryFolder folder;
    {
        const Lease first(folder / "lease");
    }
    EXPECT_NO_THROW(Lease(folder / "lease"));
}

TEST(Lease, AKilledHolderIsPassedOver)
{
    const TemporaryFolder folder;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const Lease held(folder / "lease");
        [[maybe_unused]] const ssize_t ignored = ::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_THROW(Lease(folder / "lease"), Error);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_THAT(read_file(folder / "lease"), HasSubstr(std::to_string(child)));
    EXPECT_NO_THROW(Lease(folder / "lease"));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST(Lease, AFolderThatIsNotThere)
{
    EXPECT_THROW(Lease("/nonexistent-folder/lease"), Error);
}

}  // namespace
}  // namespace attnsweep::files
