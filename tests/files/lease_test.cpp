#include "files/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <sstream>
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
    const std::optional<Lease::Holder> holder = Lease::holder(folder / "lease");
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->pid, child);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_FALSE(Lease::holder(folder / "lease").has_value()) << "its line is still there, it is not";
    EXPECT_THAT(read_file(folder / "lease"), HasSubstr(std::to_string(child)));
    EXPECT_NO_THROW(Lease(folder / "lease"));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST(Lease, NobodyHoldsOneThatIsNotThereOrGivenBack)
{
    const TemporaryFolder folder;
    EXPECT_FALSE(Lease::holder(folder / "lease").has_value());
    EXPECT_FALSE(std::filesystem::exists(folder / "lease")) << "asking makes none";
    {
        const Lease held(folder / "lease");
        EXPECT_TRUE(Lease::holder(folder / "lease").has_value());
        EXPECT_THROW(Lease(folder / "lease"), Error) << "asking took or dropped nothing";
    }
    EXPECT_FALSE(Lease::holder(folder / "lease").has_value());
}

TEST(Lease, ALaterProcessOfTheSameNumberIsNotItsHolder)
{
    const TemporaryFolder folder;
    std::string line;
    {
        const Lease held(folder / "lease");
        line = read_file(folder / "lease");
    }
    write_durably(folder / "lease", line);
    EXPECT_TRUE(Lease::holder(folder / "lease").has_value());
    std::istringstream fields(line);
    std::string host, boot, pid, started, rest;
    fields >> host >> boot >> pid >> started;
    std::getline(fields, rest);
    write_durably(folder / "lease", host + " " + boot + " " + pid + " 1" + rest + "\n");
    EXPECT_FALSE(Lease::holder(folder / "lease").has_value());
}

TEST(Lease, TheGenerationRisesAlsoAfterOneThatWasGivenBack)
{
    const TemporaryFolder folder;
    std::int64_t first = 0;
    {
        const Lease held(folder / "lease");
        first = held.generation();
        EXPECT_TRUE(std::filesystem::is_directory(held.writer_folder()));
    }
    const Lease next(folder / "lease");
    EXPECT_EQ(next.generation(), first + 1);
}

TEST(Lease, AFolderThatIsNotThere)
{
    EXPECT_THROW(Lease("/nonexistent-folder/lease"), Error);
}

}  // namespace
}  // namespace attnsweep::files
