// What goes wrong has a name, a result and an event (docs/architecture.md, promise 3).
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "data/data_set.h"
#include "data/shard_reader.h"
#include "data/shard_writer.h"
#include "data/split.h"
#include "files/durable_file.h"
#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using runner::TrialEvent;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Failures : public ::testing::Test {
protected:
    configs::Failure failure_of(const runner::TrialOrder& order, std::size_t address_space_bytes = 0)
    {
        TrialProcess trial(order, store_ / "log", address_space_bytes);
        const auto failed = trial.next_event(TrialEvent::Kind::failed);
        EXPECT_EQ(trial.wait(), runner::exit_failed) << trial.log();
        if (!failed || !failed->failure) {
            ADD_FAILURE() << "no event said that it failed: " << trial.log();
            return {};
        }
        const configs::TrialResult result = result_of(order);
        EXPECT_EQ(result.outcome, configs::Outcome::failed);
        EXPECT_EQ(result.failure.kind, failed->failure->kind);
        EXPECT_EQ(result.failure.message, failed->failure->message);
        EXPECT_EQ(result.trial_id, order.trial.id);
        EXPECT_EQ(files::read_file(order.pending_folder / (order.trial.id + ".json")),
                  files::read_file(order.attempt_folder / "result.json"));
        return result.failure;
    }

    /// A fault that is not the trial's own: named, its own exit code, and no result that would set the trial aside.
    configs::Failure fault_around(const runner::TrialOrder& order, int exit_code)
    {
        TrialProcess trial(order, store_ / "log");
        const auto failed = trial.next_event(TrialEvent::Kind::failed);
        EXPECT_EQ(trial.wait(), exit_code) << trial.log();
        EXPECT_FALSE(fs::exists(order.attempt_folder / "result.json"));
        EXPECT_FALSE(fs::exists(order.pending_folder / (order.trial.id + ".json")));
        if (!failed || !failed->failure) {
            ADD_FAILURE() << "no event said what is wrong: " << trial.log();
            return {};
        }
        return *failed->failure;
    }

    TemporaryFolder store_;
};

TEST_F(Failures, AFolderThatCannotBeWrittenIsNoFaultOfTheTrial)
{
    runner::TrialOrder order = tone_order(store_.path());
    files::write_durably(store_ / "file", std::string_view("no folder"));
    order.attempt_folder = store_ / "file" / "attempt-1";
    EXPECT_THAT(fault_around(order, runner::exit_store).message, HasSubstr("the folder cannot be created"));
}

TEST_F(Failures, ALossThatIsNoNumber)
{
    const runner::TrialOrder order =
        tone_order(store_.path(), [](configs::TrialSpec& spec) { spec.training.learning_rate = 1e30; });
    const configs::Failure failure = failure_of(order);
    EXPECT_EQ(failure.kind, configs::FailureKind::nan);
    EXPECT_THAT(
        failure.message,
        ContainsRegex("^the training loss in epoch 1, batch 2 of [0-9]+, is nan: values and weights are finite, "
                      "the first output that is not is that of block[0-9]/conv[12] \\([a-zA-Z ]+\\), which holds "
                      "(nan|-?inf); a smaller training.learning_rate, data.normalisation = \"clip_standard\" or "
                      "training.clip_norm may help; clips of the batch: "));
    const std::regex clip("instrument-0[0-2]/instrument-0[0-2]-[0-9]+\\.wav at [0-2] s(, |$)");
    EXPECT_EQ(std::distance(std::sregex_iterator(failure.message.begin(), failure.message.end(), clip),
                            std::sregex_iterator()),
              order.trial.spec.training.batch_size);
}

TEST_F(Failures, ALossThatIsNoNumberAndIsReadLate)
{
    for (const double checkpoint_every_s : {600.0, 0.0}) {
        runner::TrialOrder order = tone_order(store_ / std::to_string(checkpoint_every_s),
                                              [](configs::TrialSpec& spec) { spec.training.learning_rate = 1e30; });
        order.late_losses = true;
        order.checkpoint_every_s = checkpoint_every_s;
        const configs::Failure failure = failure_of(order);
        EXPECT_EQ(failure.kind, configs::FailureKind::nan);
        EXPECT_THAT(
            failure.message,
            ContainsRegex("^the training loss in epoch 1, batch 2 of 9, is nan: it was read only after batch " +
                          std::string(checkpoint_every_s == 0 ? "[2-9]" : "9") +  // due once the one before is written
                          ", when the weights that gave it were gone \\(execution.late_losses, "
                          "execution.step_graph\\); the same trial with both false names the first weight or "
                          "layer's output that is not finite; a smaller training.learning_rate, .* may help; "
                          "clips of the batch: instrument-0"));
        std::vector<std::string> checkpoints;
        for (const auto& entry : fs::directory_iterator(order.attempt_folder)) {
            if (entry.path().extension() == ".ckpt") {
                checkpoints.push_back(entry.path().filename().string());
            }
        }
        EXPECT_EQ(checkpoints, checkpoint_every_s == 0 ? std::vector<std::string>{"checkpoint-00001-00000001.ckpt"}
                                                       : std::vector<std::string>())
            << "none after the loss that is not finite";
    }
}

/// Copies the tones' data set with one value of a clip replaced, and checksums to match: only damage gives such a shard.
void write_data_with(float value, std::int64_t damaged, const fs::path& folder)
{
    fs::copy(tone_data(), folder, fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(tone_data())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("cqt-")) {
            continue;
        }
        const data::ShardReader from(entry.path());
        fs::remove(folder / name);
        data::ShardWriter to(folder / name, from.contents());
        for (std::int64_t clip = 0; clip < from.clips(); ++clip) {
            const std::span<const float> read = from.magnitudes(clip);
            std::vector<float> values(read.begin(), read.end());
            if (clip == damaged) {
                values[7] = value;
            }
            to.write(clip, values);
        }
        to.commit();
    }
    auto json = nlohmann::json::parse(files::read_file(folder / "dataset.json"));
    for (auto& set : json.at("spectrograms")) {
        for (auto& shard : set.at("shards")) {
            shard.erase("crc32c");
            shard.erase("table_crc32c");
        }
    }
    std::ofstream(folder / "dataset.json") << json.dump();
}

TEST_F(Failures, AClipThatIsNotFiniteIsNamedInEachSet)
{
    const auto raw = [](configs::TrialSpec& spec) {
        spec.data.scale = configs::Scale::magnitude;
        spec.data.normalisation = configs::Normalisation::none;
    };
    const configs::TrialSpec spec = tone_order(store_.path(), raw).trial.spec;
    const data::DataSet data_set = data::DataSet::open(tone_data(), spec.data.spectrogram);
    const data::Split split = data::make_split(data_set, spec.data, spec.seed.split);
    const auto message_with = [&](const std::string& name, std::int64_t clip, bool late_losses = false) {
        write_data_with(std::numeric_limits<float>::infinity(), clip, store_ / (name + "-data"));
        runner::TrialOrder order = tone_order(store_ / name, raw);
        order.data_folder = store_ / (name + "-data");
        order.late_losses = late_losses;
        const configs::Failure failure = failure_of(order);
        EXPECT_EQ(failure.kind, configs::FailureKind::nan);
        char place[32];
        std::snprintf(place, sizeof place, " at %g s", data_set.start_s(clip));
        EXPECT_THAT(failure.message,
                    HasSubstr("the batch itself holds inf, in " + data_set.source(clip) + place + "; "));
        EXPECT_THAT(failure.message, Not(HasSubstr("learning_rate"))) << "it is not to blame";
        return failure.message;
    };
    EXPECT_THAT(message_with("train", split.train.front()), StartsWith("the training loss in epoch 1, batch "));
    EXPECT_THAT(message_with("late", split.train.front(), true), StartsWith("the training loss in epoch 1, batch "));
    EXPECT_THAT(message_with("validation", split.validation.front()),
                StartsWith("the validation loss after epoch 1, batch 1 of "));
    EXPECT_THAT(message_with("test", split.test.front()), StartsWith("the test loss after epoch 8, batch 1 of "));
}

TEST_F(Failures, TooLittleMemory)
{
    const runner::TrialOrder order =
        tone_order(store_.path(), [](configs::TrialSpec& spec) { spec.model.dense_sizes = {65536, 65536}; });
    const configs::Failure failure = failure_of(order, std::size_t{8} << 30);
    EXPECT_EQ(failure.kind, configs::FailureKind::out_of_memory) << failure.message;
}

TEST_F(Failures, AnotherDataSet)
{
    runner::TrialOrder order = tone_order(store_.path());
    order.trial.spec.data_set.digest = std::string(64, 'a');
    const configs::Failure failure = fault_around(order, runner::exit_bad_input);
    EXPECT_EQ(failure.kind, configs::FailureKind::error);
    EXPECT_THAT(failure.message, AllOf(HasSubstr(tone_data().string()), HasSubstr("digest"), HasSubstr("aaaa")));
}

TEST_F(Failures, NoDataSet)
{
    runner::TrialOrder order = tone_order(store_.path());
    order.data_folder = store_ / "nothing-here";
    EXPECT_THAT(fault_around(order, runner::exit_bad_input).message, HasSubstr("nothing-here"));
}

TEST_F(Failures, ATruncatedShard)
{
    fs::copy(tone_data(), store_ / "shards", fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(store_ / "shards")) {
        if (entry.path().filename().string().starts_with("cqt-")) {
            fs::resize_file(entry.path(), fs::file_size(entry.path()) * 3 / 4);
        }
    }
    runner::TrialOrder order = tone_order(store_.path());
    order.data_folder = store_ / "shards";
    EXPECT_THAT(fault_around(order, runner::exit_bad_input).message, HasSubstr("cqt-"));
}

TEST_F(Failures, NoGpu)
{
    if (fs::exists("/proc/driver/nvidia/version")) {
        GTEST_SKIP() << "this machine has a GPU";
    }
    runner::TrialOrder order = tone_order(store_.path());
    order.device = "cuda";
    EXPECT_EQ(failure_of(order).kind, configs::FailureKind::device);
    const Answer answer = ask_trial_program("train --foreground", nlohmann::json(order).dump());
    EXPECT_EQ(answer.code, runner::exit_no_device);
    EXPECT_THAT(answer.errors, AnyOf(HasSubstr("NVIDIA"), HasSubstr("CUDA")));
}

TEST_F(Failures, AnOrderThatIsNone)
{
    const Answer answer = ask_trial_program("train", "{\"trial\": 7}");
    EXPECT_NE(answer.code, 0);
    EXPECT_THAT(answer.errors, HasSubstr("order"));
    EXPECT_EQ(ask_trial_program("train --no-such-option", "").code, runner::exit_usage);
}

TEST_F(Failures, AFailureOfOneAttemptDoesNotHinderTheNext)
{
    runner::TrialOrder order = tone_order(store_.path());
    runner::TrialOrder bad = order;
    bad.data_folder = store_ / "unmounted";
    fault_around(bad, runner::exit_bad_input);
    const runner::TrialOrder next = next_attempt(order);
    EXPECT_EQ(TrialProcess(next, store_ / "log").wait(), 0);
    EXPECT_EQ(result_of(next).outcome, configs::Outcome::done);
}

}  // namespace
}  // namespace attnsweep::tests
