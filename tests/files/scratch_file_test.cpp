// What is put aside comes back, from memory and from the file alike.
#include <cerrno>
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/resource.h>

#include "files/error.h"
#include "files/scratch_file.h"
#include "tests/environment_variable.h"
#include "tests/temporary_folder.h"

namespace attnsweep::files {
namespace {

TEST(ScratchFile, LinesComeBackWhole)
{
    ScratchFile file;
    // Some megabytes, so that lines lie across its pieces.
    const auto line = [](int number) { return std::to_string(number) + std::string(number % 50, 'x'); };
    for (int i = 0; i < 100'000; ++i) {
        file.append(line(i) + "\n");
    }
    file.append("\nthe last, unfinished");
    int next = 0;
    std::vector<std::string> others;
    file.each_line([&](std::string_view text) {
        if (next < 100'000) {
            EXPECT_EQ(text, line(next));
        } else {
            others.emplace_back(text);
        }
        ++next;
    });
    EXPECT_THAT(others, testing::ElementsAre("", "the last, unfinished"));
}

TEST(ScratchFile, WhatWasAppendedIsWhereItSaid)
{
    ScratchFile file;
    EXPECT_EQ(file.append("first"), 0U);
    const std::string long_text(300'000, 'y');
    const std::uint64_t second = file.append(long_text), third = file.append("third");
    EXPECT_EQ(file.read(0, 5), "first");
    EXPECT_EQ(file.read(second, long_text.size()), long_text);
    EXPECT_EQ(file.read(third, 5), "third");
    EXPECT_EQ(file.read(third - 2, 7), "yythird") << "of the file and of memory";
    EXPECT_EQ(file.read(third, 0), "");
}

TEST(ScratchFile, LeavesNoNameBehind)
{
    const tests::TemporaryFolder folder;
    {
        const tests::EnvironmentVariable variable("TMPDIR", folder.path().string());
        ScratchFile file;
        file.append(std::string(1'000'000, 'z'));
        EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
        EXPECT_EQ(file.read(999'999, 1), "z");
    }
}

TEST(ScratchFile, AStaleFolderIsPassedOver)
{
    const tests::TemporaryFolder folder;
    for (const char* name : {"missing", "a-file"}) {
        std::ofstream(folder / "a-file").close();
        const tests::EnvironmentVariable variable("TMPDIR", (folder / name).string());
        EXPECT_EQ(scratch_folder(), "/tmp") << name;
        ScratchFile file;
        file.append(std::string(1'000'000, 'z'));
        EXPECT_EQ(file.read(999'999, 1), "z");
    }
}

/// What is said where a megabyte cannot be written.
Error refusal()
{
    try {
        ScratchFile().append(std::string(1'000'000, 'z'));
    } catch (const Error& failure) {
        return failure;
    }
    ADD_FAILURE() << "written";
    return {"", "", 0};
}

TEST(ScratchFile, SaysNoRoomWhereThereIsNone)
{
    const tests::TemporaryFolder folder;
    const tests::EnvironmentVariable variable("TMPDIR", folder.path().string());
    if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=100k") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    const Error failure = refusal();
    ::umount2(folder.path().c_str(), MNT_DETACH);
    EXPECT_EQ(failure.code(), ENOSPC);
    EXPECT_THAT(failure.what(), testing::AllOf(testing::HasSubstr("no room"), testing::HasSubstr("TMPDIR")));
}

TEST(ScratchFile, SaysNothingOfRoomWhereAnotherThingIsWrong)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{100'000, before.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Error failure = refusal();
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(failure.code(), EFBIG);
    EXPECT_THAT(failure.what(), testing::AllOf(testing::HasSubstr("cannot be written"), testing::HasSubstr("TMPDIR"),
                                               testing::Not(testing::HasSubstr("room"))));
}

}  // namespace
}  // namespace attnsweep::files
