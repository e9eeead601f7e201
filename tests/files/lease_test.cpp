#include "files/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
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
    write_durably(folder / "lease", line.substr(0, line.rfind(' ')) + " 1\n");
    EXPECT_FALSE(Lease::holder(folder / "lease").has_value());
}

TEST(Lease, AHolderOnAnotherHostIsKnownByItsLock)
{
    const TemporaryFolder folder;
    write_durably(folder / "lease", "another-host another-boot 1 1\n");
    EXPECT_FALSE(Lease::holder(folder / "lease").has_value()) << "nobody has the lock";
    const int descriptor = ::open((folder / "lease").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(descriptor, LOCK_EX), 0);
    ASSERT_TRUE(Lease::holder(folder / "lease").has_value());
    EXPECT_EQ(Lease::holder(folder / "lease")->host, "another-host");
    ::close(descriptor);
}

TEST(Lease, AReaderWhoAsksIsSatOut)
{
    const TemporaryFolder folder;
    write_durably(folder / "lease", "another-host another-boot 1 1\n");
    const int descriptor = ::open((folder / "lease").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(::flock(descriptor, LOCK_SH), 0);
    std::thread reader([&] {
        ::usleep(50'000);
        ::close(descriptor);
    });
    EXPECT_NO_THROW(Lease(folder / "lease"));
    reader.join();
}

TEST(Lease, AFolderThatIsNotThere)
{
    EXPECT_THROW(Lease("/nonexistent-folder/lease"), Error);
}

}  // namespace
}  // namespace attnsweep::files
