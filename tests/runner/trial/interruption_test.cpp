// Interrupted equals uninterrupted, bit for bit (docs/architecture.md, promise 4).
#include <algorithm>
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using runner::TrialEvent;
using ::testing::HasSubstr;

std::vector<fs::path> checkpoints_in(const fs::path& folder)
{
    std::vector<fs::path> found;
    if (fs::exists(folder)) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().filename().string().starts_with("checkpoint-") && entry.path().extension() == ".ckpt") {
                found.push_back(entry.path());
            }
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

class Interruption : public ::testing::Test {
protected:
    // Three times as many batches as have to leave a checkpoint: none begins while the one before is still being written.
    static void make_longer(configs::TrialSpec& spec)
    {
        spec.training.max_epochs = 24;
        spec.training.early_stopping = false;
    }
    Interruption() : undisturbed_(tone_order(store_ / "undisturbed", make_longer))
    {
        EXPECT_EQ(TrialProcess(undisturbed_, store_ / "log-undisturbed").wait(), 0);
    }
    /// One that writes a checkpoint after each batch, so that there is time to disturb it and a place to go on from.
    runner::TrialOrder disturbed(const std::string& name)
    {
        runner::TrialOrder order = tone_order(store_ / name, make_longer);
        order.checkpoint_every_s = 0;
        return order;
    }
    /// Runs the trial to its end, disturbing each process once it has written `checkpoints` checkpoints. Returns the last
    /// attempt's order.
    runner::TrialOrder run_disturbed(runner::TrialOrder order, int checkpoints, int disturbances,
                                     const std::function<void(TrialProcess&)>& disturb, int expected_code)
    {
        for (int i = 0; i < disturbances; ++i) {
            TrialProcess trial(order, store_ / "log-disturbed");
            for (int n = 0; n < checkpoints; ++n) {
                EXPECT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint)) << trial.log();
            }
            disturb(trial);
            EXPECT_EQ(trial.wait(), expected_code) << trial.log();
            EXPECT_FALSE(fs::exists(order.attempt_folder / "result.json")) << "it ended before it could be disturbed";
            EXPECT_FALSE(checkpoints_in(order.attempt_folder).empty());
            order = next_attempt(order);
        }
        order.checkpoint_every_s = 600;
        TrialProcess trial(order, store_ / "log-disturbed");
        const auto started = trial.next_event(TrialEvent::Kind::started);
        EXPECT_TRUE(started && started->epoch > 0) << "it did not go on from a checkpoint";
        EXPECT_EQ(trial.wait(), 0) << trial.log();
        return order;
    }

    TemporaryFolder store_;
    runner::TrialOrder undisturbed_;
};

TEST_F(Interruption, DrainedSeveralTimesEndsWithTheSameBits)
{
    int times = 0;
    const runner::TrialOrder last = run_disturbed(
        disturbed("drained"), 3, 4, [&](TrialProcess& trial) { trial.signal(++times % 2 == 0 ? SIGUSR1 : SIGTERM); },
        runner::exit_run_again);
    EXPECT_EQ(last.attempt, 5);
    EXPECT_EQ(fingerprint(last), fingerprint(undisturbed_));
    EXPECT_FALSE(result_of(last).execution.mixed);
    EXPECT_FALSE(checkpoints_in(last.attempt_folder).empty()) << "gone before the result is in the store";
}

TEST_F(Interruption, TheBestWeightsSurviveADrainAfterThem)
{
    // Accuracy is soon as good as it gets, so that the best weights are an early epoch's.
    const auto change = [](configs::TrialSpec& spec) {
        spec.training.monitor = configs::Monitor::validation_accuracy;
        spec.training.learning_rate = 0.05;
        spec.training.max_epochs = 40;
    };
    const runner::TrialOrder whole = tone_order(store_ / "whole", change);
    ASSERT_EQ(TrialProcess(whole, store_ / "log").wait(), 0);
    const int best = result_of(whole).best_epoch;
    ASSERT_LT(best, 40);

    runner::TrialOrder order = tone_order(store_ / "parts", change);
    {
        TrialProcess trial(order, store_ / "log");
        int epoch = 0;
        while (epoch <= best && epoch < 39) {
            const auto event = trial.next_event(TrialEvent::Kind::epoch);
            ASSERT_TRUE(event);
            epoch = event->epoch;
        }
        trial.signal(SIGTERM);
        ASSERT_EQ(trial.wait(), runner::exit_run_again);
    }
    order = next_attempt(order);
    EXPECT_EQ(TrialProcess(order, store_ / "log").wait(), 0);
    EXPECT_EQ(fingerprint(order), fingerprint(whole));
}

TEST_F(Interruption, ADrainStopsAtTheNextBatchAndSaysWhere)
{
    runner::TrialOrder order = tone_order(store_ / "drain", [](configs::TrialSpec& spec) {
        spec.training.max_epochs = 100000;
        spec.training.early_stopping = false;
    });
    TrialProcess trial(order, store_ / "log");
    ASSERT_TRUE(trial.next_event(TrialEvent::Kind::progress));
    trial.signal(SIGTERM);
    const auto drained = trial.next_event(TrialEvent::Kind::drained);
    EXPECT_EQ(trial.wait(), runner::exit_run_again);
    ASSERT_TRUE(drained);
    EXPECT_TRUE(fs::exists(drained->path));
    EXPECT_FALSE(fs::exists(order.attempt_folder / "result.json"));
    EXPECT_FALSE(fs::exists(order.pending_folder));
}

TEST_F(Interruption, KilledSeveralTimesEndsWithTheSameBits)
{
    const runner::TrialOrder last =
        run_disturbed(disturbed("killed"), 9, 3, [](TrialProcess& trial) { trial.signal(SIGKILL); }, 128 + SIGKILL);
    EXPECT_EQ(fingerprint(last), fingerprint(undisturbed_));
}

TEST_F(Interruption, TheSameAttemptGoesOnFromItsOwnFolder)
{
    runner::TrialOrder order = disturbed("own");
    {
        TrialProcess trial(order, store_ / "log");
        for (int n = 0; n < 12; ++n) {
            ASSERT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint));
        }
        trial.signal(SIGKILL);
        EXPECT_EQ(trial.wait(), 128 + SIGKILL);
    }
    EXPECT_LE(checkpoints_in(order.attempt_folder).size(), 3u) << "two are kept (and one may have just been written)";
    TrialProcess trial(order, store_ / "log");
    const auto started = trial.next_event(TrialEvent::Kind::started);
    ASSERT_TRUE(started);
    EXPECT_GT(started->epoch, 0);
    EXPECT_EQ(trial.wait(), 0);
    EXPECT_EQ(fingerprint(order), fingerprint(undisturbed_));
}

TEST_F(Interruption, ADamagedNewestCheckpointIsPassedOver)
{
    const bool truncate_it[] = {false, true};
    for (const bool truncate : truncate_it) {
        const runner::TrialOrder order = disturbed(truncate ? "truncated" : "flipped");
        {
            TrialProcess trial(order, store_ / "log");
            for (int n = 0; n < 11; ++n) {
                ASSERT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint));
            }
            trial.signal(SIGKILL);
            trial.wait();
        }
        const std::vector<fs::path> checkpoints = checkpoints_in(order.attempt_folder);
        ASSERT_GE(checkpoints.size(), 2u);
        const fs::path& newest = checkpoints.back();
        if (truncate) {
            fs::resize_file(newest, fs::file_size(newest) / 2);
        } else {
            std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(fs::file_size(newest) / 2));
            const int byte = file.peek();
            file.put(static_cast<char>(byte ^ 0x10));
        }
        const runner::TrialOrder next = next_attempt(order);
        TrialProcess trial(
            next,
            store_ / ("log-" + order.attempt_folder.parent_path().parent_path().parent_path().filename().string()));
        const auto started = trial.next_event(TrialEvent::Kind::started);
        ASSERT_TRUE(started);
        EXPECT_EQ(started->path, checkpoints[checkpoints.size() - 2].string());
        EXPECT_EQ(trial.wait(), 0);
        EXPECT_THAT(trial.log(), HasSubstr(newest.filename().string()));
        EXPECT_THAT(trial.log(), HasSubstr("damaged"));
        EXPECT_EQ(fingerprint(next), fingerprint(undisturbed_));
    }
}

TEST_F(Interruption, ATrialWhoseRankIsGoneDrains)
{
    const runner::TrialOrder order = disturbed("orphan");
    TrialProcess trial(order, store_ / "log");
    ASSERT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint));
    trial.stop_reading();
    EXPECT_EQ(trial.wait(), runner::exit_run_again) << trial.log();
    EXPECT_FALSE(fs::exists(order.attempt_folder / "result.json"));
    EXPECT_FALSE(checkpoints_in(order.attempt_folder).empty());
    const runner::TrialOrder next = next_attempt(order);
    EXPECT_EQ(TrialProcess(next, store_ / "log").wait(), 0);
    EXPECT_EQ(fingerprint(next), fingerprint(undisturbed_));
}

TEST_F(Interruption, GoingOnUnderOtherSettingsIsMarkedMixedForGood)
{
    runner::TrialOrder order = disturbed("mixed");
    const auto interrupt = [&] {
        TrialProcess trial(order, store_ / "log");
        EXPECT_TRUE(trial.next_event(TrialEvent::Kind::checkpoint));
        trial.signal(SIGTERM);
        EXPECT_EQ(trial.wait(), runner::exit_run_again);
        order = next_attempt(order);
    };
    interrupt();
    order.threads = 2;
    interrupt();
    order.threads = 1;
    interrupt();
    EXPECT_EQ(TrialProcess(order, store_ / "log").wait(), 0);
    EXPECT_TRUE(result_of(order).execution.mixed);
    EXPECT_EQ(result_of(order).execution.threads, 1);
}

TEST_F(Interruption, ADamagedCheckpointAloneMeansFromScratch)
{
    const runner::TrialOrder order = tone_order(store_ / "scratch", make_longer);
    fs::create_directories(order.attempt_folder);
    std::ofstream(order.attempt_folder / "checkpoint-00002-00000003.pt") << "not a checkpoint";
    TrialProcess trial(order, store_ / "log");
    const auto started = trial.next_event(TrialEvent::Kind::started);
    ASSERT_TRUE(started);
    EXPECT_EQ(started->epoch, 0);
    EXPECT_EQ(trial.wait(), 0);
    EXPECT_EQ(fingerprint(order), fingerprint(undisturbed_));
}

}  // namespace
}  // namespace attnsweep::tests
