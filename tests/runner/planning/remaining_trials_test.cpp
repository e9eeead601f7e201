#include "runner/planning/remaining_trials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "survey_fixture.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class RemainingOfSweep : public SurveyFixture {
protected:
    RemainingTrials remaining(bool retry_failed = false)
    {
        store_.interrupt_open_attempts("2024-01-01T00:20:00Z");
        return remaining_trials(sweep_, store_, DurationModel(sweep_, configs::DeviceKind::cpu), retry_failed);
    }
    std::size_t all() const { return sweep_.trials.size(); }
};

TEST_F(RemainingOfSweep, EveryTrialOfANewSweepInItsOrder)
{
    const RemainingTrials found = remaining();
    ASSERT_EQ(found.left.size(), all());
    EXPECT_EQ(found.done, 0);
    for (std::size_t i = 0; i < all(); ++i) {
        EXPECT_EQ(found.left[i].id, sweep_.trials[i].id);
        EXPECT_EQ(found.left[i].configuration, sweep_.trials[i].configuration);
        EXPECT_EQ(found.left[i].attempts, 0);
        EXPECT_GT(found.left[i].expected, 0);
    }
}

TEST_F(RemainingOfSweep, ATrialGoesOnAfterItsAttemptsFailuresAndCheckpoint)
{
    const double whole = remaining().left.front().expected;
    fail("signal");
    begin(2);
    checkpoint("checkpoint-00017-00000000.pt", 2);
    const RemainingTrials found = remaining();
    const scheduler::PlannedTrial& first = found.left.front();
    EXPECT_EQ(first.attempts, 2);
    EXPECT_THAT(first.failures, ElementsAre(Pair(configs::FailureKind::signal, 1)));
    EXPECT_LT(first.expected, whole);
    EXPECT_EQ(first.expected, found.durations.at(trial().id).left_s);
    EXPECT_THAT(found.earlier_attempts.at(trial().id), ElementsAre(attempt_folder(2), attempt_folder(1)));
}

TEST_F(RemainingOfSweep, AResultInAFolderAloneIsImportedAndCountsAsDone)
{
    begin();
    succeed_on_disk();
    const RemainingTrials found = remaining();
    EXPECT_EQ(found.done, 1);
    EXPECT_EQ(found.left.size(), all() - 1);
    EXPECT_EQ(store_.states({trial().id}).front().status, store::Status::done);
}

TEST_F(RemainingOfSweep, ATrialThatIsGivenUpIsNamedWithItsLogUnlessAskedToRetry)
{
    fail("error");
    const RemainingTrials found = remaining();
    EXPECT_EQ(found.left.size(), all() - 1);
    ASSERT_EQ(found.given_up.size(), 1u);
    EXPECT_EQ(found.given_up[0].label, trial().label);
    EXPECT_EQ(found.given_up[0].failure.message, "went wrong");
    EXPECT_EQ(found.given_up[0].log, attempt_folder() / "log.txt");
    const RemainingTrials retried = remaining(true);
    EXPECT_THAT(retried.given_up, IsEmpty());
    EXPECT_THAT(retried.left.front().failures, IsEmpty());
    EXPECT_EQ(retried.left.front().attempts, 1);
}

}  // namespace
}  // namespace attnsweep::runner
