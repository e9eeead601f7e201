#include "runner/trial/checkpointing.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckpointingTest : public ::testing::Test {
protected:
    Checkpointing every(double seconds)
    {
        return {folders_,
                seconds,
                {[] { return encode_checkpoint({{"trial_id", "a"}}, {}); },
                 [this](const CheckpointWriter::Written& written) { saved_.push_back(written.epoch); },
                 [this](const std::string& text) { log_ += text + "\n"; }}};
    }

    tests::TemporaryFolder folder_;
    std::string log_;
    CheckpointFolders folders_{folder_.path(), {}, [this](const std::string& text) { log_ += text + "\n"; }};
    std::vector<int> saved_;
};

TEST_F(CheckpointingTest, APositionIsSavedOnceAndTheVeryBeginningNever)
{
    Checkpointing checkpointing = every(1000);
    checkpointing.save_now({});
    EXPECT_THAT(saved_, IsEmpty());
    EXPECT_EQ(checkpointing.newest(), "");
    checkpointing.save_now({2, 5, false});
    checkpointing.save_now({2, 5, false});
    EXPECT_THAT(saved_, ElementsAre(2));
    checkpointing.save_now({3, 0, true});
    EXPECT_THAT(saved_, ElementsAre(2, 3));
    EXPECT_EQ(checkpointing.newest(), folders_.newest()->path.string());
}

TEST_F(CheckpointingTest, WhereATrialWentOnFromIsNothingToSave)
{
    Checkpointing checkpointing = every(0);
    checkpointing.went_on_from(folder_.path() / "earlier", {4, 1, false});
    checkpointing.save_now({4, 1, false});
    EXPECT_THAT(saved_, IsEmpty());
    EXPECT_EQ(checkpointing.newest(), (folder_.path() / "earlier").string());
}

TEST_F(CheckpointingTest, WhileTrainingGoesOnTheTimeDecides)
{
    Checkpointing never = every(1000), always = every(0);
    never.save_when_due({2, 0, false});
    EXPECT_EQ(log_, "");
    always.save_when_due({2, 0, false});
    EXPECT_THAT(log_, HasSubstr("training stood still"));
    always.save_now({2, 0, false});  // waits for it, and makes no second one
    EXPECT_THAT(saved_, ElementsAre(2));
}

TEST_F(CheckpointingTest, WhatCouldNotBeWrittenIsTriedAgainAndTheOneBeforeStands)
{
    Checkpointing checkpointing = every(1000);
    checkpointing.save_now({2, 0, false});
    const std::string before = checkpointing.newest();
    std::filesystem::rename(folder_.path(), folder_.path().string() + ".away");
    checkpointing.save_now({3, 0, false});
    EXPECT_THAT(log_, HasSubstr("no checkpoint could be written, the one before it is kept"));
    EXPECT_EQ(checkpointing.newest(), before);
    std::filesystem::rename(folder_.path().string() + ".away", folder_.path());
    checkpointing.save_now({3, 0, false});
    EXPECT_THAT(saved_, ElementsAre(2, 3));
}

}  // namespace
}  // namespace attnsweep::runner
