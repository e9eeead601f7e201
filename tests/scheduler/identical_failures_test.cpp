#include "scheduler/identical_failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

TrialEnded failed(const std::string& trial, const std::string& message = "no such file",
                  configs::FailureKind kind = configs::FailureKind::error)
{
    return {trial, 1, Ending::failed, {kind, message, 0}};
}

TEST(IdenticalFailures, SoManyTrialsThatFailAlikeStopTheSweepOnce)
{
    IdenticalFailures failures(3);
    EXPECT_TRUE(failures.is_watching());
    EXPECT_FALSE(failures.record(failed("a")));
    EXPECT_FALSE(failures.record(failed("b")));
    EXPECT_TRUE(failures.is_watching());
    const auto reason = failures.record(failed("c"));
    ASSERT_TRUE(reason);
    EXPECT_THAT(*reason, testing::HasSubstr("the first 3 trials all failed alike: no such file"));
    EXPECT_FALSE(failures.is_watching());
    EXPECT_FALSE(failures.record(failed("d")));
}

TEST(IdenticalFailures, ARetryOfTheSameTrialCountsOnce)
{
    IdenticalFailures failures(2);
    EXPECT_FALSE(failures.record(failed("a")));
    EXPECT_FALSE(failures.record(failed("a")));
    EXPECT_TRUE(failures.record(failed("b")));
}

TEST(IdenticalFailures, TheLayerAndTheClipsOfABatchWithABadLossDifferFromSeedToSeed)
{
    using configs::FailureKind;
    IdenticalFailures failures(3);
    EXPECT_FALSE(failures.record(failed("a", "the loss is nan; clips of the batch: a.wav at 1 s", FailureKind::nan)));
    EXPECT_FALSE(failures.record(
        failed("b", "the loss is nan: block1/conv2 holds inf; clips of the batch: a.wav at 1 s", FailureKind::nan)));
    const auto reason = failures.record(
        failed("c", "the loss is nan: block2/conv1 holds nan; clips of the batch: b.wav at 0 s", FailureKind::nan));
    EXPECT_EQ(reason, "the first 3 trials all failed alike: the loss is nan");
}

TEST(IdenticalFailures, ASuccessOrAnotherFailureEndsTheWatchingForGood)
{
    for (const TrialEnded& other : {TrialEnded{"b", 1, Ending::done, {}}, failed("b", "another message"),
                                    failed("b", "no such file", configs::FailureKind::signal)}) {
        IdenticalFailures failures(2);
        EXPECT_FALSE(failures.record(failed("a")));
        EXPECT_FALSE(failures.record(other));
        EXPECT_FALSE(failures.is_watching());
        EXPECT_FALSE(failures.record(failed("c")));
        EXPECT_FALSE(failures.record(failed("d")));
    }
}

TEST(IdenticalFailures, WhereTheFirstTrialSucceedsOrNoneStopsNothingIsWatched)
{
    IdenticalFailures failures(1);
    EXPECT_FALSE(failures.record({"a", 1, Ending::done, {}}));
    EXPECT_FALSE(failures.record(failed("b")));
    IdenticalFailures never(0);
    EXPECT_FALSE(never.is_watching());
    EXPECT_FALSE(never.record(failed("a")));
}

}  // namespace
}  // namespace attnsweep::scheduler
