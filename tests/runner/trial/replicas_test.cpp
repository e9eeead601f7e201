// A trial whose network is trained by several replicas, on the CPU.
#include <algorithm>
#include <cmath>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using runner::TrialEvent;
using ::testing::HasSubstr;

class TrialOfReplicas : public ::testing::Test {
protected:
    runner::TrialOrder order(const std::string& name, int replicas) const
    {
        runner::TrialOrder order = tone_order(store_ / name, [](configs::TrialSpec& spec) {
            spec.training.max_epochs = 4;
            spec.training.early_stopping = false;
            spec.model.attention_ratio = 0.5;
        });
        order.replicas = replicas;
        return order;
    }
    configs::TrialResult run(const runner::TrialOrder& order) const
    {
        TrialProcess trial(order, store_ / "log");
        EXPECT_EQ(trial.wait(), runner::exit_done) << trial.log();
        return result_of(order);
    }

    TemporaryFolder store_;
};

TEST_F(TrialOfReplicas, LearnsAsOneDoesAndSaysHowMany)
{
    const configs::TrialResult alone = run(order("alone", 1));
    for (const int replicas : {2, 3}) {
        const runner::TrialOrder together = order("together-" + std::to_string(replicas), replicas);
        const configs::TrialResult result = run(together);
        EXPECT_EQ(result.execution.replicas, replicas);
        ASSERT_EQ(result.epochs.size(), alone.epochs.size());
        // Later rounding has grown: tests/model/replicas compares steps.
        EXPECT_NEAR(result.epochs[0].train_loss, alone.epochs[0].train_loss, 1e-3);
        EXPECT_NEAR(result.epochs[0].validation_loss, alone.epochs[0].validation_loss, 1e-2);
        EXPECT_EQ(result.last.predictions.size(), alone.last.predictions.size());
        EXPECT_EQ(result.parameters, alone.parameters);
    }
}

TEST_F(TrialOfReplicas, EndsWithTheSameBitsWhenItIsKilledAndResumed)
{
    const runner::TrialOrder undisturbed = order("undisturbed", 2);
    run(undisturbed);
    runner::TrialOrder killed = order("killed", 2);
    killed.checkpoint_every_s = 0;
    {
        TrialProcess trial(killed, store_ / "log");
        for (int i = 0; i < 4; ++i) {
            ASSERT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint)) << trial.log();
        }
        trial.signal(SIGKILL);
        EXPECT_EQ(trial.wait(), 128 + SIGKILL);
    }
    killed = next_attempt(killed);
    TrialProcess trial(killed, store_ / "log");
    const auto started = trial.next_event(TrialEvent::Kind::started);
    EXPECT_TRUE(started && started->epoch > 0) << "it did not go on from a checkpoint";
    ASSERT_EQ(trial.wait(), runner::exit_done) << trial.log();
    EXPECT_THAT(trial.log(), HasSubstr(", 2 replicas"));
    EXPECT_FALSE(result_of(killed).execution.mixed);
    EXPECT_EQ(fingerprint(killed), fingerprint(undisturbed));
}

TEST_F(TrialOfReplicas, IsMixedWhenTheirNumberChanges)
{
    runner::TrialOrder changed = order("changed", 2);
    changed.checkpoint_every_s = 0;
    {
        TrialProcess trial(changed, store_ / "log");
        ASSERT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint)) << trial.log();
        trial.signal(SIGTERM);
        EXPECT_EQ(trial.wait(), runner::exit_run_again);
    }
    changed = next_attempt(changed);
    changed.replicas = 1;
    const configs::TrialResult result = run(changed);
    EXPECT_TRUE(result.execution.mixed);
    EXPECT_EQ(result.execution.replicas, 1);
}

TEST_F(TrialOfReplicas, MoreThanABatchHasSamplesAreRefused)
{
    runner::TrialOrder many = order("many", 5);
    many.trial.spec.training.batch_size = 4;
    TrialProcess trial(many, store_ / "log");
    EXPECT_EQ(trial.wait(), runner::exit_bad_input);
    EXPECT_THAT(trial.log(), HasSubstr("5 replicas for batches of 4; expected at most as many as a batch has samples"));
}

TEST_F(TrialOfReplicas, ALossThatIsNotFiniteIsNamedAsWithOne)
{
    runner::TrialOrder wild = order("wild", 2);
    wild.trial.spec.training.learning_rate = 1e30;
    TrialProcess trial(wild, store_ / "log");
    EXPECT_EQ(trial.wait(), runner::exit_failed);
    EXPECT_EQ(result_of(wild).failure.kind, configs::FailureKind::nan) << trial.log();
    EXPECT_THAT(result_of(wild).failure.message, HasSubstr("the training loss in epoch 1"));
}

}  // namespace
}  // namespace attnsweep::tests
