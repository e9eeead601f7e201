// What is put aside comes back, from memory and from the file alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    for (int i = 0; i < 100'000; ++i)
        file.append(line(i) + "\n");
    file.append("\nthe last, unfinished");
    int next = 0;
    std::vector<std::string> others;
    file.each_line([&](std::string_view text) {
        if (next < 100'000)
            EXPECT_EQ(text, line(next));
        else
            others.emplace_back(text);
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
    const tests::EnvironmentVariable variable("TMPDIR", (folder.path() / "missing").string());
    try {
        ScratchFile().append(std::string(1'000'000, 'z'));
        ADD_FAILURE() << "there is no folder for it";
    } catch (const Error& failure) {
        EXPECT_THAT(failure.what(), testing::AllOf(testing::HasSubstr("missing"), testing::HasSubstr("TMPDIR")));
    }
}

}  // namespace
}  // namespace attnsweep::files
