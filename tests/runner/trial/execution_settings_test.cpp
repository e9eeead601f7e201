// Settings of section [execution] that say how a step is computed and its batch supplied, each for a whole trial on the CPU.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/names.h"
#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using runner::TrialEvent;
using ::testing::HasSubstr;
using ::testing::Not;

class HowATrialIsRun : public ::testing::Test {
protected:
    runner::TrialOrder order(const std::string& name, const std::function<void(configs::TrialSpec&)>& change = {}) const
    {
        return tone_order(store_ / name, [&](configs::TrialSpec& spec) {
            spec.training.max_epochs = 4;
            spec.training.early_stopping = false;
            if (change) {
                change(spec);
            }
        });
    }
    /// Trains to the end. Returns the log.
    std::string train(const runner::TrialOrder& order) const
    {
        TrialProcess trial(
            order, store_ / (order.attempt_folder.parent_path().parent_path().parent_path().filename().string() +
                             std::to_string(order.attempt) + ".log"));
        EXPECT_EQ(trial.wait(), runner::exit_done) << trial.log();
        return trial.log();
    }
    /// Ends the trial by `signal` after some checkpoints and returns its next attempt.
    runner::TrialOrder interrupted(runner::TrialOrder order, int signal = SIGKILL, int checkpoints = 4) const
    {
        order.checkpoint_every_s = 0;
        TrialProcess trial(order, store_ / "log");
        for (int i = 0; i < checkpoints; ++i) {
            EXPECT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint)) << trial.log();
        }
        trial.signal(signal);
        trial.wait();
        return next_attempt(order);
    }

    TemporaryFolder store_;
};

TEST_F(HowATrialIsRun, StepsOnAllWeightsTogetherAreRecordedAndAChangeToThemIsMixed)
{
    runner::TrialOrder alone = order("alone"), together = order("together");
    together.optimizer_step = configs::OptimizerStep::foreach;
    EXPECT_THAT(train(alone), Not(HasSubstr("optimizer step ")));
    EXPECT_THAT(train(together), HasSubstr(", optimizer step foreach"));
    EXPECT_EQ(result_of(alone).execution.optimizer_step, "");
    EXPECT_EQ(result_of(together).execution.optimizer_step, "foreach");
    EXPECT_NEAR(result_of(together).epochs[0].train_loss, result_of(alone).epochs[0].train_loss, 5e-3);
    EXPECT_NE(fingerprint(together), fingerprint(alone)) << "on a CPU another order of operations";

    runner::TrialOrder resumed = order("resumed");
    resumed.optimizer_step = configs::OptimizerStep::foreach;
    resumed = interrupted(resumed);
    train(resumed);
    EXPECT_FALSE(result_of(resumed).execution.mixed);
    EXPECT_EQ(fingerprint(resumed), fingerprint(together));

    runner::TrialOrder changed = interrupted(order("changed"));
    changed.optimizer_step = configs::OptimizerStep::foreach;
    train(changed);
    EXPECT_TRUE(result_of(changed).execution.mixed);
}

// One clip a batch makes more of them than are kept before they are read.
TEST_F(HowATrialIsRun, LateLossesAreTheSameBitsAlsoOfReplicasAndWhenInterrupted)
{
    for (const int replicas : {1, 2}) {
        const auto order_of = [&](const std::string& name, bool late) {
            runner::TrialOrder made = order(name + std::to_string(replicas), [&](configs::TrialSpec& spec) {
                spec.training.batch_size = replicas;
                spec.training.max_epochs = 2;
            });
            made.late_losses = late;
            made.replicas = replicas;
            return made;
        };
        const runner::TrialOrder at_once = order_of("at-once", false), late = order_of("late", true);
        train(at_once);
        train(late);
        EXPECT_EQ(fingerprint(late), fingerprint(at_once)) << replicas;
        const runner::TrialOrder resumed = interrupted(order_of("resumed", true), SIGTERM, 9);
        train(resumed);
        EXPECT_FALSE(result_of(resumed).execution.mixed) << "it changes no bit";
        EXPECT_EQ(fingerprint(resumed), fingerprint(at_once)) << replicas;

        const runner::TrialOrder drained =
            order_of("drained", true);  // its checkpoints are far apart: losses wait to be read
        TrialProcess trial(drained, store_ / "log");
        ASSERT_TRUE(trial.next_event(TrialEvent::Kind::progress));
        trial.signal(SIGTERM);
        ASSERT_EQ(trial.wait(), runner::exit_run_again) << trial.log();
        train(next_attempt(drained));
        EXPECT_EQ(fingerprint(next_attempt(drained)), fingerprint(at_once)) << replicas;
    }
}

TEST_F(HowATrialIsRun, BatchesOfEveryWayAreTheSameBitsAlsoOfReplicasAndWhenInterrupted)
{
    for (const int replicas : {1, 2}) {
        const auto order_of = [&](const std::string& name, configs::BatchLoading loading) {
            runner::TrialOrder made = order(name + std::to_string(replicas));
            made.batch_loading = loading;
            made.replicas = replicas;
            return made;
        };
        const runner::TrialOrder plain = order_of("plain", configs::BatchLoading::plain);
        EXPECT_THAT(train(plain), Not(HasSubstr("all clips are in the memory")));
        for (const configs::BatchLoading loading : {configs::BatchLoading::pinned, configs::BatchLoading::resident}) {
            const std::string name = configs::to_string(loading);
            const runner::TrialOrder other = order_of(name, loading);
            const std::string log = train(other);
            if (loading == configs::BatchLoading::resident) {  // 108 clips of 11 x 30 float32 values, and a label each
                EXPECT_THAT(log, HasSubstr("all clips are in the memory of cpu: 0.1 MB, read in "));
            }
            EXPECT_EQ(fingerprint(other), fingerprint(plain)) << name << ", " << replicas;
            const runner::TrialOrder resumed = interrupted(order_of("resumed-" + name, loading));
            train(resumed);
            EXPECT_FALSE(result_of(resumed).execution.mixed) << "it changes no bit";
            EXPECT_EQ(fingerprint(resumed), fingerprint(plain)) << name << ", " << replicas;
        }
    }
}

// The best epoch is an early one, so that weights that were copied then are tested, kept, and saved by checkpoints after it.
TEST_F(HowATrialIsRun, BestWeightsCopiedOnTheDeviceAreTheSameBits)
{
    const auto order_of = [&](const std::string& name, bool late) {
        runner::TrialOrder made = order(name, [](configs::TrialSpec& spec) {
            spec.training.monitor = configs::Monitor::validation_accuracy;
            spec.training.learning_rate = 0.05;
            spec.training.max_epochs = 20;
        });
        made.late_losses = late;
        return made;
    };
    const runner::TrialOrder plain = order_of("plain", false), copied = order_of("copied", true);
    train(plain);
    train(copied);
    ASSERT_LT(result_of(plain).best_epoch, 20);
    EXPECT_EQ(fingerprint(copied), fingerprint(plain));
    runner::TrialOrder drained = order_of("drained", true);
    {
        TrialProcess trial(drained, store_ / "log");
        int epoch = 0;
        while (epoch <= result_of(plain).best_epoch && epoch < 19) {
            const auto event = trial.next_event(TrialEvent::Kind::epoch);
            ASSERT_TRUE(event);
            epoch = event->epoch;
        }
        trial.signal(SIGTERM);
        ASSERT_EQ(trial.wait(), runner::exit_run_again);
    }
    drained = next_attempt(drained);
    train(drained);
    EXPECT_EQ(fingerprint(drained), fingerprint(plain));
}

TEST_F(HowATrialIsRun, WithoutAGpuAStepIsNotRecordedAndTheLogSaysSo)
{
    runner::TrialOrder plain = order("plain"), wished = order("wished");
    wished.step_graph = true;
    train(plain);
    EXPECT_THAT(train(wished),
                HasSubstr("execution.step_graph = true, but steps are not recorded: the trial runs on a CPU"));
    EXPECT_EQ(fingerprint(wished), fingerprint(plain));
}

TEST_F(HowATrialIsRun, OnACpuClipsAreKeptOnlyWhereThatIsAskedFor)
{
    runner::TrialOrder chosen = order("chosen");
    chosen.batch_loading = configs::BatchLoading::automatic;
    chosen.clips_fit = true;
    EXPECT_THAT(train(chosen), Not(HasSubstr("all clips are in the memory")));
}

TEST_F(HowATrialIsRun, ADrainWhileClipsAreReadOrSoonAfterLeavesTheTrialToBeResumed)
{
    runner::TrialOrder drained = order("drained", [](configs::TrialSpec& spec) { spec.training.batch_size = 1; });
    drained.batch_loading = configs::BatchLoading::resident;
    TrialProcess trial(drained, store_ / "log");
    ASSERT_TRUE(trial.next_event(TrialEvent::Kind::started));
    trial.signal(SIGTERM);
    EXPECT_EQ(trial.wait(), runner::exit_run_again) << trial.log();
    train(next_attempt(drained));
}

TEST_F(HowATrialIsRun, ProgressShowsALossThatIsReadLateFromAnEpochsFirstBatchOn)
{
    runner::TrialOrder late = order("late");
    late.late_losses = true;
    TrialProcess trial(late, store_ / "log");
    const auto event = trial.next_event(TrialEvent::Kind::progress);  // the others come at intervals
    ASSERT_TRUE(event);
    EXPECT_EQ(event->batch, 1);
    EXPECT_GT(event->train_loss, 0);
    EXPECT_EQ(trial.wait(), runner::exit_done);
}

}  // namespace
}  // namespace attnsweep::tests
