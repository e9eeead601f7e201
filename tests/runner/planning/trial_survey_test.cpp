#include "runner/planning/trial_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "files/lease.h"
#include "runner/node/fence.h"
#include "survey_fixture.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class SurveyOfTrials : public SurveyFixture {
protected:
    TrialOutlook outlook() const { return outlooks_of(sweep_, &store_, nullptr).front(); }
    /// As the run answers that holds the lease.
    TrialOutlook outlook_of_run(bool retry_failed = false)
    {
        store_.interrupt_open_attempts("2024-01-01T00:20:00Z");
        return TrialSurvey(store_, retry_failed).of(trial());
    }
};

TEST_F(SurveyOfTrials, NobodyHasTouchedIt)
{
    EXPECT_EQ(outlook().action, PlannedAction::fresh);
    EXPECT_THAT(outlook().why, IsEmpty());
    EXPECT_EQ(outlooks_of(sweep_, nullptr, nullptr).front().action, PlannedAction::fresh) << "without a store";
}

TEST_F(SurveyOfTrials, ResumesAtTheCheckpointsEpoch)
{
    begin();
    end(store::NoResult::drained);
    checkpoint("checkpoint-00016-00000100.pt");
    checkpoint("checkpoint-00017-00000000.pt");
    const TrialOutlook found = outlook();
    EXPECT_EQ(found.action, PlannedAction::resumes);
    EXPECT_EQ(found.from_epoch, 17);
    EXPECT_EQ(found.epochs_done, 16);
    EXPECT_EQ(found.checkpoint, attempt_folder() / "checkpoint-00017-00000000.pt");
    EXPECT_THAT(found.why, HasSubstr("drained"));
}

TEST_F(SurveyOfTrials, AnUnfinishedAttemptOfADeadRunWasInterrupted)
{
    begin();
    TrialOutlook found = outlook();
    EXPECT_EQ(found.action, PlannedAction::again);
    EXPECT_THAT(found.why, AllOf(HasSubstr("whoever ran it on a-node is gone"), HasSubstr("it left no checkpoint")));
    end(store::NoResult::interrupted);
    found = outlook();
    EXPECT_EQ(found.action, PlannedAction::again);
    EXPECT_THAT(found.why, HasSubstr("interrupted on a-node"));
}

TEST_F(SurveyOfTrials, ADamagedCheckpointIsPassedOver)
{
    begin();
    end(store::NoResult::interrupted);
    checkpoint("checkpoint-00016-00000100.pt");
    damage("checkpoint-00017-00000000.pt");
    TrialOutlook found = outlook();
    EXPECT_EQ(found.action, PlannedAction::resumes);
    EXPECT_EQ(found.from_epoch, 16);
    EXPECT_THAT(found.why, HasSubstr("checkpoint damaged: attempt-1/checkpoint-00017-00000000.pt"));
    damage("checkpoint-00016-00000100.pt");
    found = outlook();
    EXPECT_EQ(found.action, PlannedAction::again);
    EXPECT_THAT(found.why, HasSubstr("checkpoint damaged: attempt-1/checkpoint-00017-00000000.pt, "
                                     "attempt-1/checkpoint-00016-00000100.pt"));
}

TEST_F(SurveyOfTrials, CheckpointsTooLargeToCheckInPassingAreTaken)
{
    begin();
    damage("checkpoint-00017-00000000.pt");
    const TrialOutlook found = outlooks_of(sweep_, &store_, nullptr, 4).front();
    EXPECT_EQ(found.action, PlannedAction::resumes);
    EXPECT_THAT(found.why, HasSubstr("not checked"));
}

TEST_F(SurveyOfTrials, AFailureIsTriedAgainAsOftenAsItsKindAllows)
{
    fail("signal");
    TrialOutlook found = outlook();
    EXPECT_EQ(found.action, PlannedAction::again);
    EXPECT_THAT(found.why, HasSubstr("failed (signal) 1 of 3: went wrong"));
    fail("signal", 2);
    checkpoint("checkpoint-00005-00000000.pt", 2);
    found = outlook();
    EXPECT_EQ(found.action, PlannedAction::resumes);
    EXPECT_THAT(found.why, HasSubstr("failed (signal) 2 of 3"));
    fail("signal", 3);
    found = outlook();
    EXPECT_EQ(found.action, PlannedAction::given_up);
    EXPECT_FALSE(found.remains());
    EXPECT_THAT(found.why, AllOf(HasSubstr("3 of 3"), HasSubstr("--retry failed")));
}

TEST_F(SurveyOfTrials, ARetryIsNotAdvisedWhereTheSameSeedsFailAgain)
{
    fail("nan");
    EXPECT_EQ(outlook().action, PlannedAction::given_up);
    EXPECT_THAT(outlook().why, AllOf(HasSubstr("failed (nan) 1 of 1"), Not(HasSubstr("--retry failed"))));
}

TEST_F(SurveyOfTrials, AFailureTheStoreHasNotHeardOfCounts)
{
    fail("error", 1, false);
    EXPECT_EQ(outlook().action, PlannedAction::given_up);
    EXPECT_THAT(outlook().why, HasSubstr("failed (error) 1 of 1"));
}

TEST_F(SurveyOfTrials, AResultNobodyTookInIsWaitedFor)
{
    begin();
    files::create_folders(store_.pending_folder());
    files::write_durably(store_.pending_folder() / (trial().id + ".json"), "{}");
    EXPECT_EQ(outlook().action, PlannedAction::waits);
    EXPECT_THAT(outlook().why, HasSubstr("the next run imports it"));
    std::filesystem::remove(store_.pending_folder() / (trial().id + ".json"));
    EXPECT_EQ(outlook().action, PlannedAction::again);
    configs::TrialResult result;
    result.trial_id = trial().id;
    result.last.confusion = result.best.confusion = {{1}};
    files::write_durably(attempt_folder() / "result.json", nlohmann::json(result).dump());
    EXPECT_EQ(outlook().action, PlannedAction::waits) << "a result that never got into pending/";
}

TEST_F(SurveyOfTrials, AProcessThatIsStillEndingIsWaitedFor)
{
    begin();
    record_process(attempt_folder(), identity_of(::getpid()));
    EXPECT_EQ(outlook().action, PlannedAction::waits);
    EXPECT_THAT(outlook().why, HasSubstr("still ending"));
}

TEST_F(SurveyOfTrials, WhatALiveRunDoesIsRunning)
{
    begin();
    const std::vector<configs::EpochRecord> epochs = {{1, 1, 0, 1, 0, 1}, {2, 1, 0, 1, 0, 1}};
    store_.record_epochs(trial().id, 1, epochs);
    const files::Lease lease(store_.folder() / "lease");
    const TrialOutlook found = outlook();
    EXPECT_EQ(found.action, PlannedAction::running);
    EXPECT_EQ(found.epochs_done, 2);
    EXPECT_THAT(found.why, AllOf(HasSubstr("on a-node cpu, epoch 3 of at most 400"),
                                 HasSubstr("process " + std::to_string(::getpid()))));
}

TEST_F(SurveyOfTrials, ATrialOfTheSameNameUnderOtherSettingsRunsAgain)
{
    configs::TrialResult result;
    result.trial_id = trial().id;
    result.classes = {"a"};
    result.last.confusion = result.best.confusion = {{1}};
    store_.commit(result);
    const auto before = store::newest_revision(store_, sweep_.name);
    ASSERT_TRUE(before);
    configs::DataSetDescription data = tests::paper_data_set();
    data.spectrograms[0].digest = std::string(64, 'c');
    const configs::Sweep other = configs::read_sweep(sweep_.path, {"training.patience=9"}, data);
    const std::vector<TrialOutlook> found = outlooks_of(other, &store_, &*before);
    EXPECT_EQ(found[0].action, PlannedAction::again);
    EXPECT_THAT(found[0].why, AllOf(HasSubstr("done under other settings"), HasSubstr("training.patience 30 -> 9"),
                                    HasSubstr("the data set (digest aaaaaaaa -> cccccccc)")));
    EXPECT_THAT(found[1].why, HasSubstr("settings changed: "));
}

TEST_F(SurveyOfTrials, ItsAttemptsAndFailuresAreCounted)
{
    fail("signal");
    fail("signal", 2);
    begin(3);
    end(store::NoResult::drained, 3);
    const TrialOutlook found = outlook();
    EXPECT_EQ(found.last_attempt, 3);
    EXPECT_THAT(found.failures, ElementsAre(Pair(configs::FailureKind::signal, 2)));
    EXPECT_FALSE(found.failure) << "the newest attempt did not fail";
    EXPECT_THAT(found.attempt_folders, ElementsAre(attempt_folder(3), attempt_folder(2), attempt_folder(1)));
}

TEST_F(SurveyOfTrials, ARunAnswersAsPlanDoes)
{
    EXPECT_EQ(outlook_of_run().action, PlannedAction::fresh);
    fail("signal");
    begin(2);
    end(store::NoResult::drained, 2);
    checkpoint("checkpoint-00017-00000000.pt", 2);
    const TrialOutlook seen = outlook(), run = outlook_of_run();
    EXPECT_EQ(run.action, PlannedAction::resumes);
    EXPECT_EQ(run.action, seen.action);
    EXPECT_EQ(run.checkpoint, seen.checkpoint);
    EXPECT_EQ(run.epochs_done, 16);
    EXPECT_EQ(run.last_attempt, seen.last_attempt);
    EXPECT_EQ(run.failures, seen.failures);
    EXPECT_EQ(run.attempt_folders, seen.attempt_folders);
}

TEST_F(SurveyOfTrials, ARunImportsTheResultThatPlanWaitsFor)
{
    begin();
    succeed_on_disk();
    EXPECT_EQ(outlook().action, PlannedAction::waits);
    EXPECT_EQ(outlook_of_run().action, PlannedAction::done);
    EXPECT_EQ(outlook().action, PlannedAction::done) << "it is in the store now";
}

TEST_F(SurveyOfTrials, ARunStartsWhatIsStillEndingAndWhatIsLeftAsideInPending)
{
    begin();
    record_process(attempt_folder(), identity_of(::getpid()));
    EXPECT_EQ(outlook().action, PlannedAction::waits);
    EXPECT_EQ(outlook_of_run().action, PlannedAction::again);
    std::filesystem::remove_all(attempt_folder());
    files::create_folders(store_.pending_folder());
    files::write_durably(store_.pending_folder() / (trial().id + ".json"), "{");
    EXPECT_EQ(outlook().action, PlannedAction::waits);
    EXPECT_EQ(outlook_of_run().action, PlannedAction::again) << "a result that cannot be read is no result";
}

TEST_F(SurveyOfTrials, RetryingForgetsTheFailuresOfEarlierRuns)
{
    fail("error", 1, false);
    const TrialOutlook given_up = outlook_of_run();
    EXPECT_EQ(given_up.action, PlannedAction::given_up);
    ASSERT_TRUE(given_up.failure);
    EXPECT_EQ(given_up.failure->message, "went wrong");
    const TrialOutlook again = outlook_of_run(true);
    EXPECT_EQ(again.action, PlannedAction::again);
    EXPECT_THAT(again.failures, IsEmpty());
    EXPECT_EQ(again.last_attempt, 1);
}

class SurveyAgain : public SurveyFixture {
protected:
    TrialOutlook asked() { return TrialSurvey(store_, false, {trial().id}).of(trial()); }
};

TEST_F(SurveyAgain, WhatIsDoneRunsFromItsBeginningAsTheNextAttempt)
{
    begin();
    checkpoint("checkpoint-00003-00000000.ckpt");  // kept of the attempt that is done
    succeed_on_disk();
    ASSERT_EQ(TrialSurvey(store_, false).of(trial()).action, PlannedAction::done);
    const TrialOutlook outlook = asked();
    EXPECT_EQ(outlook.action, PlannedAction::again);
    EXPECT_EQ(outlook.last_attempt, 1);
    EXPECT_THAT(outlook.attempt_folders, IsEmpty()) << "or it would resume from its last epoch";
}

TEST_F(SurveyAgain, AnInterruptedNewAttemptResumes)
{
    begin();
    succeed_on_disk();
    ASSERT_EQ(TrialSurvey(store_, false).of(trial()).action, PlannedAction::done);
    begin(2);
    checkpoint("checkpoint-00002-00000000.ckpt", 2);
    const TrialOutlook outlook = asked();
    EXPECT_EQ(outlook.action, PlannedAction::resumes);
    EXPECT_EQ(outlook.last_attempt, 2);
    EXPECT_THAT(outlook.attempt_folders, ElementsAre(attempt_folder(2)));
}

TEST_F(SurveyAgain, WhatIsNotDoneIsAsEver)
{
    EXPECT_EQ(asked().action, PlannedAction::fresh);
}

}  // namespace
}  // namespace attnsweep::runner
