#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runner/error.h"
#include "runner/trial/trial_progress.h"

namespace attnsweep::runner {
namespace {

configs::TrainingSettings settings(int patience)
{
    configs::TrainingSettings training;
    training.patience = patience;
    return training;
}

TEST(TrialProgress, MeansAreOverClipsNotBatches)
{
    TrialProgress progress(settings(30));
    progress.add_batch(1.0, 8, 16);
    progress.add_batch(4.0, 4, 4);
    EXPECT_DOUBLE_EQ(progress.running_loss(), (16 * 1.0 + 4 * 4.0) / 20);
    EXPECT_DOUBLE_EQ(progress.running_accuracy(), 12.0 / 20);
    EXPECT_EQ(progress.batch, 2);
}

TEST(TrialProgress, EvaluatingTheTestSetIsNoBatchOfAnotherEpoch)
{
    TrialProgress progress(settings(30));
    TrialEvent event;
    event.kind = TrialEvent::Kind::progress;
    event.batches = 1;
    progress.add_batch(0.75, 8, 16);
    progress.describe(event);
    const auto shown = [&] { return std::tuple(event.epoch, event.batch, event.train_loss); };
    EXPECT_EQ(shown(), std::tuple(1, 1, 0.75));
    progress.end_epoch(2.0, 0.5, 1);
    ASSERT_TRUE(progress.trained);
    progress.describe(event);
    EXPECT_EQ(shown(), std::tuple(1, 1, 0.75)) << "as before it";
}

TEST(TrialProgress, AnEpochEndsAndTheNextBegins)
{
    TrialProgress progress(settings(30));
    progress.add_batch(1.0, 8, 16);
    EXPECT_TRUE(progress.end_epoch(2.0, 0.5, 2));
    EXPECT_FALSE(progress.trained);
    EXPECT_EQ(progress.epoch, 2);
    EXPECT_EQ(progress.batch, 0);
    EXPECT_EQ(progress.clips, 0);
    EXPECT_EQ(progress.epochs.at(0).epoch, 1);
    EXPECT_DOUBLE_EQ(progress.epochs.at(0).train_accuracy, 0.5);
    EXPECT_FALSE(progress.end_epoch(3.0, 0.5, 2)) << "a greater loss is not the best";
    EXPECT_TRUE(progress.trained) << "max_epochs are over";
}

TEST(TrialProgress, EarlyStoppingEndsTheTraining)
{
    TrialProgress progress(settings(1));
    progress.end_epoch(1.0, 0.5, 100);
    EXPECT_FALSE(progress.trained);
    progress.end_epoch(2.0, 0.5, 100);
    EXPECT_TRUE(progress.trained);
    configs::TrialResult result;
    progress.describe(result);
    EXPECT_TRUE(result.stopped_early);
    EXPECT_EQ(result.best_epoch, 1);
    EXPECT_EQ(result.epochs.size(), 2u);
}

TEST(TrialProgress, StateSurvivesTextBitByBit)
{
    TrialProgress progress(settings(30));
    progress.add_batch(0.1, 3, 16);
    progress.end_epoch(1.0 / 3, 2.0 / 3, 9);
    progress.add_batch(0.7 / 3, 5, 16);
    progress.duration_s = 12.5;
    progress.started_at = "2024-01-01T00:00:00Z";
    progress.execution.threads = 3;
    progress.execution.mixed = true;
    const std::string text = progress.state().dump();
    TrialProgress back(settings(30));
    back.restore(nlohmann::json::parse(text));
    EXPECT_EQ(back.state().dump(), text);
    EXPECT_EQ(back.loss_sum, progress.loss_sum);
    EXPECT_EQ(back.epochs.at(0).validation_loss, 1.0 / 3);
    EXPECT_TRUE(back.execution.mixed);
}

TEST(TrialProgress, ACheckpointOfAnotherTrialOrVersionIsNamed)
{
    TrialProgress progress(settings(30));
    Checkpoint checkpoint;
    checkpoint.path = "a.ckpt";
    const auto message = [&] {
        try {
            progress.restore(checkpoint, "x");
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("(nothing was thrown)");
    };
    checkpoint.state = {{"trial_id", "y"}};
    EXPECT_EQ(message(), "a.ckpt: a checkpoint of trial y, not of x");
    checkpoint.state = {{"trial_id", "x"}};
    EXPECT_EQ(message(), "a.ckpt: not a checkpoint of this version of attnsweep (key 'progress' not found)");
    checkpoint.state["progress"] = progress.state();
    checkpoint.state["progress"]["execution"] = 3;
    EXPECT_EQ(message(), "a.ckpt: not a checkpoint of this version of attnsweep (execution record: expected a JSON "
                         "object, found number)");
}

// A record leaves out what is as it was before it was recorded: one replica, steps weight by weight.
TEST(TrialProgress, AnExecutionRecordIsRestoredWhole)
{
    const TrialProgress before{configs::TrainingSettings{}};
    TrialProgress now{configs::TrainingSettings{}};
    now.execution.replicas = 2;
    now.execution.optimizer_step = "foreach";
    now.restore(before.state());
    EXPECT_EQ(now.execution.replicas, 1);
    EXPECT_EQ(now.execution.optimizer_step, "");
}

TEST(TrialProgress, SaysOnWhatATrialRuns)
{
    configs::ExecutionRecord record;
    record.device = "cpu";
    record.device_name = "EPYC";
    EXPECT_EQ(execution_in_words(record), "cpu (EPYC)");
    record.attention_implementation = "tiled";
    EXPECT_EQ(execution_in_words(record), "cpu (EPYC), attention tiled");
    record.optimizer_step = "foreach";
    EXPECT_EQ(execution_in_words(record), "cpu (EPYC), attention tiled, optimizer step foreach");
}

TEST(TrialProgress, WhatMakesSettingsDiffer)
{
    configs::ExecutionRecord one;
    one.host = "a";
    one.device = "cpu";
    one.threads = 1;
    one.cpu_features = "AVX2";
    configs::ExecutionRecord other = one;
    other.host = "b";
    EXPECT_FALSE(settings_differ(one, other));
    other.threads = 2;
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.cpu_features = "AVX512";
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.device = "cuda";
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.attnsweep_version = "0.2.0";
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.attention_implementation = "chunked";
    EXPECT_FALSE(settings_differ(one, other)) << "as it was before it was recorded";
    other.attention_implementation = "tiled";
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.replicas = 2;
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.optimizer_step = "per_tensor";
    EXPECT_FALSE(settings_differ(one, other)) << "as it was before it was recorded";
    other.optimizer_step = "foreach";
    EXPECT_TRUE(settings_differ(one, other));
    one.device = "cuda:0";
    other = one;
    other.cpu_features = "AVX512";
    other.threads = 4;
    EXPECT_FALSE(settings_differ(one, other)) << "a GPU computes the same whatever the processor";
    other.gpu_uuid = "GPU-1a2b";
    other.driver_version = "590.1";
    EXPECT_FALSE(settings_differ(one, other)) << "another GPU of the same model";
    other.cudnn_version = "9.10.2";
    EXPECT_TRUE(settings_differ(one, other));
    other = one;
    other.device_name = "H200";
    EXPECT_TRUE(settings_differ(one, other));
}

}  // namespace
}  // namespace attnsweep::runner
