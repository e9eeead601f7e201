#include "configs/trial_identity.h"
#include "files/checkpoint_file.h"
#include "runner/planning/expected_duration.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

configs::Sweep sweep_of(const std::vector<configs::TrialSpec>& specs)
{
    configs::Sweep sweep;
    sweep.path = "a.toml";
    sweep.data.clips = 1000;
    for (const configs::TrialSpec& spec : specs) {
        const std::string name = "c" + std::to_string(sweep.trials.size());
        sweep.trials.push_back({configs::trial_id(spec), name + "-s1", name, 1, spec});
    }
    return sweep;
}

configs::TrialSpec spec_of(double ratio, configs::Spectrogram spectrogram = configs::Spectrogram::stft)
{
    configs::TrialSpec spec;
    spec.data.spectrogram = spectrogram;
    spec.model.attention_ratio = ratio;
    spec.data_set = {"digest", 87, spectrogram == configs::Spectrogram::stft ? 1025 : 252, 19};
    return spec;
}

store::EpochTimes measured(const configs::TrialSpec& spec, double epoch_s)
{
    store::EpochTimes times;
    times.spec = spec;
    times.device_kind = configs::DeviceKind::cpu;
    times.threads = 1;
    times.train_clips = 810;
    times.epochs_seen = 20;
    times.mean_s = epoch_s;
    times.fastest_s = 0.9 * epoch_s;
    times.slowest_s = 1.2 * epoch_s;
    times.attention_implementation = spec.model.attention_ratio > 0 ? "tiled" : "";
    return times;
}

TEST(ExpectedDuration, WithoutMeasurementsItIsAGuessFromAttentionToo)
{
    const configs::Sweep sweep = sweep_of(
        {spec_of(0), spec_of(1), spec_of(0, configs::Spectrogram::cqt), spec_of(1, configs::Spectrogram::cqt)});
    const DurationModel model(sweep, configs::DeviceKind::cpu);
    const ExpectedDuration plain = model.of(sweep.trials[0]), attentive = model.of(sweep.trials[1]);
    EXPECT_GT(attentive.total_s, plain.total_s) << "it has fewer operations, and takes longer";
    configs::TrialSpec tiny = spec_of(0), tiny_attentive = spec_of(0.25);
    for (configs::TrialSpec* spec : {&tiny, &tiny_attentive}) {
        spec->model.first_filters = 4;
        spec->model.heads = 2;
        spec->data_set.frames = 11;
        spec->data_set.bins = 65;
    }
    const configs::Sweep of_tiny = sweep_of({tiny, tiny_attentive});
    const DurationModel small(of_tiny, configs::DeviceKind::cpu);
    EXPECT_GT(small.of(of_tiny.trials[1]).epoch_s, small.of(of_tiny.trials[0]).epoch_s) << "small networks, too";
    EXPECT_EQ(plain.epoch_basis, Basis::guess);
    EXPECT_EQ(plain.epochs_basis, Basis::guess);
    EXPECT_EQ(plain.epochs, 72);
    EXPECT_EQ(model.of(sweep.trials[2]).epochs, 257);
    EXPECT_LT(plain.left_low_s, plain.left_s / 3);
    EXPECT_GT(plain.left_high_s, plain.left_s * 3);
    EXPECT_LT(DurationModel(sweep, configs::DeviceKind::cuda).of(sweep.trials[0]).total_s, plain.total_s / 50);
}

TEST(ExpectedDuration, EpochsAreAtMostMaxEpochsAndCertainWithoutEarlyStopping)
{
    configs::TrialSpec few = spec_of(0), certain = spec_of(0.25);
    few.training.max_epochs = 6;
    certain.training.early_stopping = false;
    certain.training.max_epochs = 90;
    const configs::Sweep sweep = sweep_of({few, certain});
    const DurationModel model(sweep, configs::DeviceKind::cpu);
    EXPECT_EQ(model.of(sweep.trials[0]).epochs, 6);
    EXPECT_EQ(model.of(sweep.trials[0]).epochs_basis, Basis::certain) << "patience is longer";
    EXPECT_EQ(model.of(sweep.trials[1]).epochs, 90);
    EXPECT_EQ(model.of(sweep.trials[1]).epochs_basis, Basis::certain);
}

TEST(ExpectedDuration, MeasuredEpochsOfTheSameArithmeticCount)
{
    configs::TrialSpec faster_learning = spec_of(0.25);
    faster_learning.training.learning_rate = 0.01;
    const configs::Sweep sweep = sweep_of({spec_of(0.25), faster_learning, spec_of(0.5)});
    store::EpochTimes times = measured(spec_of(0.25), 10);
    times.spec.seed = {7, 8, 9};
    times.epochs_at_end = {50, 60};
    const DurationModel model(sweep, configs::DeviceKind::cpu, {times});
    const ExpectedDuration same = model.of(sweep.trials[0]);
    EXPECT_EQ(same.epoch_basis, Basis::measured);
    EXPECT_EQ(same.epochs_basis, Basis::measured);
    EXPECT_DOUBLE_EQ(same.epoch_s, 10);
    EXPECT_DOUBLE_EQ(same.epochs, 55);
    EXPECT_NEAR(same.total_s, 551, 0.01);
    EXPECT_NEAR(same.left_low_s, 1 + 40 * 9 / 1.1, 0.1);
    EXPECT_NEAR(same.left_high_s, 1 + 75 * 12 * 1.1, 0.1);

    const ExpectedDuration other = model.of(sweep.trials[1]);
    EXPECT_EQ(other.epoch_basis, Basis::measured) << "a learning rate changes no epoch's time";
    EXPECT_EQ(other.epochs_basis, Basis::guess) << "but when it stops";

    EXPECT_EQ(DurationModel(sweep, configs::DeviceKind::cuda, {times}).of(sweep.trials[0]).epoch_basis, Basis::guess);
    configs::Sweep two_threads = sweep;
    two_threads.execution.threads = 2;
    EXPECT_EQ(DurationModel(two_threads, configs::DeviceKind::cpu, {times}).of(sweep.trials[0]).epoch_basis,
              Basis::scaled);
}

// The times of an earlier version, which computed attention in chunks, would say too much.
TEST(ExpectedDuration, WhatComputedAttentionInAnotherWayDoesNotCountAsMeasured)
{
    const configs::Sweep sweep = sweep_of({spec_of(0.25), spec_of(0)});
    store::EpochTimes chunked = measured(spec_of(0.25), 10), plain = measured(spec_of(0), 5);
    chunked.attention_implementation = "";
    EXPECT_EQ(DurationModel(sweep, configs::DeviceKind::cpu, {chunked}).of(sweep.trials[0]).epoch_basis, Basis::scaled);
    EXPECT_EQ(DurationModel(sweep, configs::DeviceKind::cpu, {plain}).of(sweep.trials[1]).epoch_basis, Basis::measured)
        << "no attention, no difference";
    configs::Sweep in_chunks = sweep;
    in_chunks.execution.attention_implementation = configs::AttentionImplementation::chunked;
    EXPECT_EQ(DurationModel(in_chunks, configs::DeviceKind::cpu, {chunked}).of(sweep.trials[0]).epoch_basis,
              Basis::measured);
    chunked.threads = 0;
    EXPECT_EQ(DurationModel(sweep, configs::DeviceKind::cpu, {chunked}).of(sweep.trials[0]).epoch_basis,
              Basis::measured)
        << "an attempt that has not ended may be of this version";
    EXPECT_GT(DurationModel(in_chunks, configs::DeviceKind::cpu).of(sweep.trials[0]).epoch_s,
              2 * DurationModel(sweep, configs::DeviceKind::cpu).of(sweep.trials[0]).epoch_s)
        << "and so say the guesses";
}

store::EpochTimes on_replicas(store::EpochTimes times, int replicas)
{
    times.replicas = replicas;
    return times;
}

configs::Sweep on_devices(configs::Sweep sweep, int devices)
{
    sweep.execution.devices_per_trial = devices;
    return sweep;
}

TEST(ExpectedDuration, TimesOnSeveralDevicesAreNoneOfOne)
{
    const configs::Sweep sweep = sweep_of({spec_of(0.25)});
    const store::EpochTimes two = on_replicas(measured(spec_of(0.25), 10), 2);
    const ExpectedDuration single = DurationModel(sweep, configs::DeviceKind::cpu, {two}).of(sweep.trials[0]);
    EXPECT_EQ(single.epoch_basis, Basis::scaled);
    EXPECT_DOUBLE_EQ(single.epoch_s, 16) << "two are assumed to be 1.6 times as fast";
    const configs::Sweep on_two = on_devices(sweep, 2);
    const ExpectedDuration same = DurationModel(on_two, configs::DeviceKind::cpu, {two}).of(on_two.trials[0]);
    EXPECT_EQ(same.epoch_basis, Basis::measured);
    EXPECT_DOUBLE_EQ(same.epoch_s, 10);
}

TEST(ExpectedDuration, EfficiencyIsMeasuredBesideOneDeviceElseAssumed)
{
    const configs::Sweep sweep = sweep_of({spec_of(0.25), spec_of(0.5), spec_of(0)});
    const DurationModel assumed(sweep, configs::DeviceKind::cpu);
    EXPECT_DOUBLE_EQ(assumed.speed().of(2), 1.6);
    EXPECT_THAT(assumed.speed_in_words(), HasSubstr("1.60 times as fast, an efficiency of 0.80: assumed."));
    const std::vector<store::EpochTimes> times = {
        measured(spec_of(0.25), 10), on_replicas(measured(spec_of(0.25), 10 / 1.8), 2), measured(spec_of(0.5), 20),
        on_replicas(measured(spec_of(0.5), 20 / 1.4), 2), on_replicas(measured(spec_of(0), 1), 2)};
    const DurationModel model(sweep, configs::DeviceKind::cpu, times);
    EXPECT_NEAR(model.speed().of(2), 1.6, 1e-9) << "the mean of 1.8 and 1.4; that of the third is not known";
    EXPECT_EQ(model.speed().measured().size(), 1u);
    EXPECT_THAT(model.speed_in_words(), HasSubstr("measured in this store: 0.80 on 2"));
    const configs::Sweep on_four = on_devices(sweep, 4);
    const ExpectedDuration four = DurationModel(on_four, configs::DeviceKind::cpu, times).of(on_four.trials[0]);
    EXPECT_NEAR(four.epoch_s, 10 / (1.6 * 1.6), 1e-9);
    EXPECT_EQ(four.epoch_basis, Basis::scaled);
    const DurationModel given(on_four, configs::DeviceKind::cpu, times, {}, 0.5);
    EXPECT_DOUBLE_EQ(given.of(on_four.trials[0]).epoch_s, 10) << "as if no device helped";
    EXPECT_THAT(given.speed_in_words(), HasSubstr("as given"));
}

TEST(ExpectedDuration, SeveralDevicesShortenEpochsNotWhatIsAround)
{
    const configs::Sweep sweep = sweep_of({spec_of(0)}), on_two = on_devices(sweep, 2);
    const ExpectedDuration one = DurationModel(sweep, configs::DeviceKind::cpu, {}, 30).of(sweep.trials[0]);
    const ExpectedDuration two = DurationModel(on_two, configs::DeviceKind::cpu, {}, 30).of(on_two.trials[0]);
    EXPECT_NEAR(two.total_s - 30, (one.total_s - 30) / 1.6, 1e-9);
    EXPECT_NEAR(one.at_speed(one.left_s, 1.6), two.left_s, 1e-9);
    EXPECT_DOUBLE_EQ(one.at_speed(one.left_high_s, 1), one.left_high_s);
}

TEST(ExpectedDuration, GuessesAreScaledByWhatIsMeasuredNearest)
{
    const configs::Sweep sweep = sweep_of({spec_of(0), spec_of(0.25), spec_of(0.5)});
    const DurationModel guesses(sweep, configs::DeviceKind::cpu);
    const double slow = 7;
    const DurationModel model(sweep, configs::DeviceKind::cpu,
                              {measured(spec_of(0.25), slow * guesses.of(sweep.trials[1]).epoch_s)});
    const ExpectedDuration scaled = model.of(sweep.trials[2]);
    EXPECT_EQ(scaled.epoch_basis, Basis::scaled);
    EXPECT_NEAR(scaled.epoch_s, slow * guesses.of(sweep.trials[2]).epoch_s, 0.01 * scaled.epoch_s);
    EXPECT_GT(model.of(sweep.trials[1]).total_s, model.of(sweep.trials[0]).total_s) << "seconds against seconds";
}

TEST(ExpectedDuration, WhatACheckpointHasIsNotLeft)
{
    configs::TrialSpec certain = spec_of(0.25), stopping = spec_of(0.25);
    certain.training.early_stopping = false;
    certain.training.max_epochs = 100;
    const configs::Sweep sweep = sweep_of({certain, stopping});
    const DurationModel model(sweep, configs::DeviceKind::cpu, {measured(spec_of(0.25), 10)});
    EXPECT_NEAR(model.of(sweep.trials[0], 30).left_s, 701, 0.01);
    EXPECT_NEAR(model.of(sweep.trials[0], 30).total_s, 1001, 0.01);
    EXPECT_NEAR(model.of(sweep.trials[1], 60).left_s, 151, 0.01) << "half of patience, not 12 epochs";
    EXPECT_NEAR(model.of(sweep.trials[1], 395).left_s, 51, 0.01) << "max_epochs is 400";
    EXPECT_NEAR(model.of(sweep.trials[1], 400).left_s, 1, 0.01) << "only the test set";
}

TEST(ExpectedDuration, ANetworkThatCannotBeIsNamed)
{
    configs::TrialSpec spec = spec_of(0, configs::Spectrogram::cqt);
    spec.model.blocks = 9;
    try {
        const DurationModel model(sweep_of({spec}), configs::DeviceKind::cpu);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), exit_bad_input);
        EXPECT_THAT(error.what(), HasSubstr("a.toml: trial c0-s1: model.blocks = 9"));
    }
}

TEST(ExpectedDuration, AutoIsTheGpuWhereThereIsOne)
{
    EXPECT_EQ(device_kind_of("auto", true), configs::DeviceKind::cuda);
    EXPECT_EQ(device_kind_of("auto", false), configs::DeviceKind::cpu);
    EXPECT_EQ(device_kind_of("cpu", true), configs::DeviceKind::cpu);
    EXPECT_EQ(device_kind_of("cuda:1", false), configs::DeviceKind::cuda);
}

TEST(CheckpointFile, IsReadFromItsName)
{
    const auto file = files::checkpoint_file("x/checkpoint-00017-00000250.ckpt");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->epoch, 17);
    EXPECT_EQ(file->batch, 250);
    EXPECT_EQ(file->epochs_done(), 16);
    const auto of_version_010 = files::checkpoint_file("x/checkpoint-00017-00000250.pt");
    ASSERT_TRUE(of_version_010);
    EXPECT_EQ(of_version_010->batch, 250);
    for (const char* other :
         {"checkpoint-.pt", "checkpoint-.ckpt", "checkpoint-1.ckpt", "checkpoint-00001-00000000.ckpt.tmp-9",
          "checkpoint-1-2.ckptx", "checkpoint-1.pt", "checkpoint-00001-00000000.pt.tmp-9", "weights-last.pt",
          "checkpoint-1-.pt", "checkpoint-1-2x.pt", "checkpoint-x-2.pt"}) {
        EXPECT_FALSE(files::checkpoint_file(other)) << other;
    }
}

TEST(CheckpointFile, TheNewestAttemptsFurthestIsFirst)
{
    const tests::TemporaryFolder folder;
    for (const char* name : {"attempt-1/checkpoint-00009-00000000.pt", "attempt-3/checkpoint-00002-00000010.ckpt",
                             "attempt-3/checkpoint-00002-00000100.ckpt", "attempt-3/log.txt"}) {
        std::filesystem::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << "x";
    }
    std::vector<std::string> names;
    for (const files::CheckpointFile& file :
         files::checkpoint_files({folder / "attempt-3", folder / "attempt-2", folder / "attempt-1"})) {
        names.push_back(file.path.filename().string());
    }
    EXPECT_THAT(names, ElementsAre("checkpoint-00002-00000100.ckpt", "checkpoint-00002-00000010.ckpt",
                                   "checkpoint-00009-00000000.pt"));
}

}  // namespace
}  // namespace attnsweep::runner
