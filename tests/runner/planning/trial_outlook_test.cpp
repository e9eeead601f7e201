#include "runner/planning/trial_outlook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/lease.h"
#include "runner/node/fence.h"
#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PlanStanding : public ::testing::Test {
protected:
    PlanStanding() : store_(store::Store::open_to_write(folder_.path() / "results.db")) { store_.record_sweep(sweep_); }

    const configs::Trial& trial() const { return sweep_.trials.front(); }
    void begin(int attempt = 1)
    {
        store_.begin_attempt(trial().id, attempt, "a-node", "cpu", "2024-01-01T00:00:00Z");
        std::filesystem::create_directories(attempt_folder(attempt));
    }
    void end(store::NoResult reason, int attempt = 1)
    {
        store_.end_attempt(trial().id, attempt, reason, "2024-01-01T00:10:00Z");
    }
    std::filesystem::path attempt_folder(int attempt = 1) const { return store_.attempt_folder(trial().id, attempt); }
    void checkpoint(const std::string& name, int attempt = 1) const
    {
        files::write_checked(attempt_folder(attempt) / name, "weights");
    }
    void damage(const std::string& name) const { std::ofstream(attempt_folder() / name) << "half a file"; }

    /// A failed attempt, as a rank leaves it: a file and a row.
    void fail(const std::string& kind, int attempt = 1, bool is_in_store = true)
    {
        begin(attempt);
        configs::TrialResult result;
        result.trial_id = trial().id;
        result.attempt = attempt;
        result.outcome = configs::Outcome::failed;
        result.failure = {kind, "went wrong", kind == "signal" ? 9 : 0};
        files::write_durably(attempt_folder(attempt) / "result.json", nlohmann::json(result).dump());
        if (is_in_store) {
            store_.commit(result);
        }
    }
    TrialOutlook standing() const { return standings(sweep_, &store_, nullptr).front(); }

    tests::SweepFolder folder_;
    configs::Sweep sweep_ = configs::read_sweep(std::string(attnsweep::tests::paths::source) + "/configs/paper.toml",
                                                {}, tests::paper_data_set());
    store::Store store_;
};

TEST_F(PlanStanding, NobodyHasTouchedIt)
{
    EXPECT_EQ(standing().stand, PlannedAction::fresh);
    EXPECT_THAT(standing().why, IsEmpty());
    EXPECT_EQ(standings(sweep_, nullptr, nullptr).front().stand, PlannedAction::fresh) << "without a store";
}

TEST_F(PlanStanding, ResumesAtTheCheckpointsEpoch)
{
    begin();
    end(store::NoResult::drained);
    checkpoint("checkpoint-00016-00000100.pt");
    checkpoint("checkpoint-00017-00000000.pt");
    const TrialOutlook found = standing();
    EXPECT_EQ(found.stand, PlannedAction::resumes);
    EXPECT_EQ(found.from_epoch, 17);
    EXPECT_EQ(found.epochs_done, 16);
    EXPECT_EQ(found.checkpoint, attempt_folder() / "checkpoint-00017-00000000.pt");
    EXPECT_THAT(found.why, HasSubstr("drained"));
}

TEST_F(PlanStanding, AnUnfinishedAttemptOfADeadRunWasInterrupted)
{
    begin();
    TrialOutlook found = standing();
    EXPECT_EQ(found.stand, PlannedAction::again);
    EXPECT_THAT(found.why, AllOf(HasSubstr("whoever ran it on a-node is gone"), HasSubstr("it left no checkpoint")));
    end(store::NoResult::interrupted);
    found = standing();
    EXPECT_EQ(found.stand, PlannedAction::again);
    EXPECT_THAT(found.why, HasSubstr("interrupted on a-node"));
}

TEST_F(PlanStanding, ADamagedCheckpointIsPassedOver)
{
    begin();
    end(store::NoResult::interrupted);
    checkpoint("checkpoint-00016-00000100.pt");
    damage("checkpoint-00017-00000000.pt");
    TrialOutlook found = standing();
    EXPECT_EQ(found.stand, PlannedAction::resumes);
    EXPECT_EQ(found.from_epoch, 16);
    EXPECT_THAT(found.why, HasSubstr("checkpoint damaged: attempt-1/checkpoint-00017-00000000.pt"));
    damage("checkpoint-00016-00000100.pt");
    found = standing();
    EXPECT_EQ(found.stand, PlannedAction::again);
    EXPECT_THAT(found.why, HasSubstr("checkpoint damaged: attempt-1/checkpoint-00017-00000000.pt, "
                                     "attempt-1/checkpoint-00016-00000100.pt"));
}

TEST_F(PlanStanding, CheckpointsTooLargeToCheckInPassingAreTaken)
{
    begin();
    damage("checkpoint-00017-00000000.pt");
    const TrialOutlook found = standings(sweep_, &store_, nullptr, 4).front();
    EXPECT_EQ(found.stand, PlannedAction::resumes);
    EXPECT_THAT(found.why, HasSubstr("not checked"));
}

TEST_F(PlanStanding, AFailureIsTriedAgainAsOftenAsItsKindAllows)
{
    fail("signal");
    TrialOutlook found = standing();
    EXPECT_EQ(found.stand, PlannedAction::again);
    EXPECT_THAT(found.why, HasSubstr("failed (signal) 1 of 3: went wrong"));
    fail("signal", 2);
    checkpoint("checkpoint-00005-00000000.pt", 2);
    found = standing();
    EXPECT_EQ(found.stand, PlannedAction::resumes);
    EXPECT_THAT(found.why, HasSubstr("failed (signal) 2 of 3"));
    fail("signal", 3);
    found = standing();
    EXPECT_EQ(found.stand, PlannedAction::given_up);
    EXPECT_FALSE(found.remains());
    EXPECT_THAT(found.why, AllOf(HasSubstr("3 of 3"), HasSubstr("--retry failed")));
}

TEST_F(PlanStanding, AFailureTheStoreHasNotHeardOfCounts)
{
    fail("error", 1, false);
    EXPECT_EQ(standing().stand, PlannedAction::given_up);
    EXPECT_THAT(standing().why, HasSubstr("failed (error) 1 of 1"));
}

TEST_F(PlanStanding, AResultNobodyTookInIsWaitedFor)
{
    begin();
    files::create_folders(store_.pending_folder());
    files::write_durably(store_.pending_folder() / (trial().id + ".json"), "{}");
    EXPECT_EQ(standing().stand, PlannedAction::waits);
    EXPECT_THAT(standing().why, HasSubstr("the next run takes it in"));
    std::filesystem::remove(store_.pending_folder() / (trial().id + ".json"));
    EXPECT_EQ(standing().stand, PlannedAction::again);
    configs::TrialResult result;
    result.trial_id = trial().id;
    result.last.confusion = result.best.confusion = {{1}};
    files::write_durably(attempt_folder() / "result.json", nlohmann::json(result).dump());
    EXPECT_EQ(standing().stand, PlannedAction::waits) << "a result that never got into pending/";
}

TEST_F(PlanStanding, AProcessThatIsStillEndingIsWaitedFor)
{
    begin();
    record_process(attempt_folder(), identity_of(::getpid()));
    EXPECT_EQ(standing().stand, PlannedAction::waits);
    EXPECT_THAT(standing().why, HasSubstr("still ending"));
}

TEST_F(PlanStanding, WhatALiveRunDoesIsRunning)
{
    begin();
    const std::vector<configs::EpochRecord> epochs = {{1, 1, 0, 1, 0, 1}, {2, 1, 0, 1, 0, 1}};
    store_.record_epochs(trial().id, 1, epochs);
    const files::Lease lease(store_.folder() / "lease");
    const TrialOutlook found = standing();
    EXPECT_EQ(found.stand, PlannedAction::running);
    EXPECT_EQ(found.epochs_done, 2);
    EXPECT_THAT(found.why, AllOf(HasSubstr("on a-node cpu, epoch 3 of at most 400"),
                                 HasSubstr("process " + std::to_string(::getpid()))));
}

TEST_F(PlanStanding, ATrialOfTheSameNameUnderOtherSettingsRunsAgain)
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
    const std::vector<TrialOutlook> found = standings(other, &store_, &*before);
    EXPECT_EQ(found[0].stand, PlannedAction::again);
    EXPECT_THAT(found[0].why, AllOf(HasSubstr("done under other settings"), HasSubstr("training.patience 30 -> 9"),
                                    HasSubstr("the data set (digest aaaaaaaa -> cccccccc)")));
    EXPECT_THAT(found[1].why, HasSubstr("settings changed: "));
}

}  // namespace
}  // namespace attnsweep::runner
