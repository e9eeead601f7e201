// A holder that the kernel's lock says nothing of: on another machine, or where files cannot be locked. No test sleeps: the
// holder's file is made old, the taker's clock and sleep are the test's.
#include "files/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::files {
namespace {

using ::testing::HasSubstr;

class TakenOver : public ::testing::Test {
public:
    TakenOver() { ::setenv("ATTNSWEEP_TEST_LOCKS", "none", 1); }
    ~TakenOver() override { ::unsetenv("ATTNSWEEP_TEST_LOCKS"); }

    Lease::Settings settings()
    {
        Lease::Settings settings;
        settings.clock = [this] { return clock_s_; };
        settings.sleep = [this](double seconds) {
            slept_s_ += seconds;
            if (while_sleeping_) {
                while_sleeping_();
            }
        };
        settings.file_clock = [this](const std::filesystem::path&) {
            // To the fraction, as files' times are: by whole seconds a file may seem to be of the future.
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return std::chrono::duration<double>(now).count() + slept_s_ + silent_s_;
        };
        settings.waits = [this](const std::string& text) { waited_ += text; };
        return settings;
    }
    std::unique_ptr<Lease> take() { return std::make_unique<Lease>(path_, settings()); }

    void written_by_another_host(std::int64_t generation = 7) const
    {
        std::filesystem::create_directory(folder_ / ("writer-" + std::to_string(generation)));
        write_durably(path_, "another-host another-boot 1 1 " + std::to_string(generation) + " 10 0\n");
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "lease";
    double clock_s_ = 1000, slept_s_ = 0, silent_s_ = 0;
    std::string waited_;
    std::function<void()> while_sleeping_;
};

TEST_F(TakenOver, OneThatRenewsIsRefusedWithoutWaitingForLong)
{
    written_by_another_host();
    while_sleeping_ = [this] {
        std::string line = read_file(path_);
        line.insert(line.size() - 1, " 1");
        write_durably(path_, line);
    };
    try {
        take();
        FAIL() << "two hold it";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("process 1 on another-host"));
        EXPECT_THAT(error.what(), HasSubstr("--store"));
    }
    EXPECT_LT(slept_s_, 10);
    EXPECT_THAT(waited_, HasSubstr("process 1 on another-host"));
}

TEST_F(TakenOver, OneThatIsSilentForThreePeriodsIsDeadAndItsFolderGoes)
{
    written_by_another_host();
    EXPECT_TRUE(Lease::holder(path_).has_value());
    const timespec old[2] = {{0, UTIME_OMIT}, {std::time(nullptr) - 31, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), old, 0), 0);
    EXPECT_FALSE(Lease::holder(path_).has_value());
    const auto lease = take();
    EXPECT_EQ(lease->generation(), 8);
    EXPECT_EQ(slept_s_, 0);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "writer-7"));
}

TEST_F(TakenOver, OneThatWasJustRenewedIsWatchedUntilItIsSilent)
{
    written_by_another_host();
    const auto lease = take();
    EXPECT_GE(slept_s_, 10);
    EXPECT_LE(slept_s_, 31);
    EXPECT_EQ(lease->generation(), 8);
}

TEST_F(TakenOver, OneThatIsGivenBackMeanwhileIsTakenAtOnce)
{
    auto first = take();
    while_sleeping_ = [&] { first.reset(); };
    EXPECT_EQ(take()->generation(), 2);
}

TEST_F(TakenOver, AProcessOfThisMachineThatEndedIsDeadAtOnce)
{
    write_durably(path_, "another-host another-boot 1 1 3 10 0\n");
    auto first = take();  // watched until silent
    std::string line = read_file(path_);
    const std::string pid = " " + std::to_string(::getpid()) + " ";
    line.replace(line.find(pid), pid.size(), " 999999999 ");
    write_durably(path_, line);
    slept_s_ = 0;
    EXPECT_EQ(take()->generation(), 5);
    EXPECT_EQ(slept_s_, 0);
}

TEST_F(TakenOver, APausedHolderThatWakesUpWritesNothing)
{
    auto paused = take();
    const auto target = folder_ / "results.db";
    write_durably(target, "the successor's");
    const auto prepared = paused->writer_folder() / "results.db";
    write_durably(prepared, "stale");
    silent_s_ = 31;
    const auto successor = take();
    EXPECT_EQ(successor->generation(), 2);

    // It may have asked just before it was paused, so not asking must not help it either.
    const auto lost = [&](auto call) {
        try {
            call();
            ADD_FAILURE() << "it went through";
        } catch (const LeaseLost& error) {
            EXPECT_THAT(error.what(), HasSubstr("process " + std::to_string(::getpid())));
            EXPECT_THAT(error.what(), HasSubstr("took it over"));
        }
    };
    lost([&] { paused->put_in_place(target, prepared); });
    lost([&] { paused->put_in_place(target, std::string_view("stale"), true); });
    lost([&] { paused->remove(target); });
    lost([&] { paused->check(); });
    lost([&] { paused->renew(); });
    EXPECT_EQ(read_file(target), "the successor's");
    paused.reset();
    EXPECT_TRUE(Lease::holder(path_).has_value()) << "it gave back what was not its own";
    EXPECT_NO_THROW(successor->check());
}

TEST_F(TakenOver, OneThatWasPausedButNotSucceededGoesOn)
{
    auto lease = take();
    const timespec old[2] = {{0, UTIME_OMIT}, {std::time(nullptr) - 100, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), old, 0), 0);
    clock_s_ += 100;
    EXPECT_NO_THROW(lease->check());
    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_LT(std::time(nullptr) - status.st_mtim.tv_sec, 60) << "renewed before it goes on";
}

TEST_F(TakenOver, OneThatCannotRenewStopsAfterThreePeriods)
{
    auto lease = take();
    std::filesystem::remove(path_);
    std::filesystem::create_directories(path_ / "in the way");
    const auto renew = [&] { lease->renew(); };
    clock_s_ += 29;
    int why = 0;
    std::string call;
    try {
        renew();
        FAIL() << "renewed";
    } catch (const LeaseLost&) {
        FAIL() << "one failed renewal is none too many";
    } catch (const Error& error) {
        why = error.code();
        call = error.call();
    }
    EXPECT_THAT(call, testing::Not(testing::IsEmpty()));
    EXPECT_NE(why, 0);
    clock_s_ += 2;
    try {
        renew();
        FAIL() << "renewed";
    } catch (const LeaseLost& lost) {
        // A run ends with another code where the disk is full.
        EXPECT_EQ(lost.code(), why) << lost.what();
        EXPECT_THAT(lost.what(), testing::AllOf(HasSubstr("could not be renewed (" + call + ")"), HasSubstr("rerun")));
    }
}

TEST_F(TakenOver, OfTwoTakersOneWins)
{
    // The second has looked before the first made its folder: as if it came just after.
    auto first = take();
    std::filesystem::remove(path_);
    while_sleeping_ = [&] { first->renew(); };
    EXPECT_THROW(take(), Error);
}

TEST_F(TakenOver, WhatIsRemovedOrPutInPlaceByTheHolderIs)
{
    auto lease = take();
    lease->put_in_place(folder_ / "a", std::string_view("text"), true);
    EXPECT_EQ(read_file(folder_ / "a"), "text");
    lease->remove(folder_ / "a");
    lease->remove(folder_ / "a");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
    EXPECT_TRUE(std::filesystem::is_empty(lease->writer_folder()));
}

TEST(Locks, ThisFileSystemLocksUnlessTestsSayOtherwise)
{
    const tests::TemporaryFolder folder;
    EXPECT_TRUE(Lease::can_lock(folder.path()));
    ::setenv("ATTNSWEEP_TEST_LOCKS", "none", 1);
    EXPECT_FALSE(Lease::can_lock(folder.path()));
    ::unsetenv("ATTNSWEEP_TEST_LOCKS");
}

}  // namespace
}  // namespace attnsweep::files
