// The trial program, undisturbed.
#include <cmath>
#include <fstream>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "configs/names.h"
#include "data/data_set.h"
#include "data/ingest.h"
#include "files/durable_file.h"
#include "files/safetensors.h"
#include "runner/version.h"
#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"
#include "tests/tone_corpus.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using runner::TrialEvent;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names_in(const fs::path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

class Training : public ::testing::Test {
protected:
    TemporaryFolder store_;
};

TEST_F(Training, ComputesAttentionAsItsOrderSays)
{
    for (const auto& [wanted, precision, recorded] :
         {std::tuple{configs::AttentionImplementation::chunked, configs::Precision::float32, "chunked"},
          std::tuple{configs::AttentionImplementation::automatic, configs::Precision::bfloat16, "chunked"}}) {
        runner::TrialOrder order = tone_order(store_.path(), [with = precision](configs::TrialSpec& spec) {
            spec.training.max_epochs = 1;
            spec.training.precision = with;
        });
        order.attention = wanted;
        TrialProcess trial(order, store_ / "log");
        ASSERT_EQ(trial.wait(), runner::exit_done) << trial.log();
        EXPECT_EQ(result_of(order).execution.attention_implementation, recorded);
    }
    runner::TrialOrder without = tone_order(store_.path(), [](configs::TrialSpec& spec) {
        spec.training.max_epochs = 1;
        spec.training.precision = configs::Precision::bfloat16;
        spec.model.attention_ratio = 0;
    });
    without.attention = configs::AttentionImplementation::tiled;
    TrialProcess plain(without, store_ / "log");
    EXPECT_EQ(plain.wait(), runner::exit_done) << "no attention, no way to compute it: " << plain.log();
    EXPECT_EQ(result_of(without).execution.attention_implementation, "");
    // Refused in a sweep file; a device "auto" may become one that has no tiles only where the trial runs.
    runner::TrialOrder order = tone_order(
        store_.path(), [](configs::TrialSpec& spec) { spec.training.precision = configs::Precision::bfloat16; });
    order.attempt = 3;
    order.attention = configs::AttentionImplementation::tiled;
    TrialProcess trial(order, store_ / "log");
    EXPECT_EQ(trial.wait(), runner::exit_failed);
    EXPECT_THAT(trial.log(),
                HasSubstr("execution.attention_implementation = \"tiled\" is for float32 on CPUs, and this "
                          "trial runs in bfloat16 on cpu; leave it at \"auto\", or take \"chunked\""));
}

TEST_F(Training, LearnsAndLeavesAResult)
{
    const runner::TrialOrder order =
        tone_order(store_.path(), [](configs::TrialSpec& spec) { spec.training.max_epochs = 25; });
    TrialProcess trial(order, store_ / "log");
    std::vector<TrialEvent> events;
    while (auto event = trial.next_event()) {
        events.push_back(*event);
    }
    ASSERT_EQ(trial.wait(), runner::exit_done) << trial.log();

    const configs::TrialResult result = result_of(order);
    EXPECT_EQ(result.outcome, configs::Outcome::done);
    EXPECT_EQ(result.epochs.size(), 25u);
    const double accuracy = configs::metrics_of(result.best.confusion).accuracy;
    EXPECT_GT(accuracy, 0.6) << "chance is a third";
    EXPECT_LT(result.epochs.back().train_loss, result.epochs.front().train_loss);

    // 3 classes x 12 recordings x 3 clips
    EXPECT_EQ(result.train_clips + result.validation_clips + result.test_clips, 108);
    std::int64_t tested = 0, in_table = 0;
    for (const auto& row : result.last.confusion) {
        for (const std::int64_t count : row) {
            tested += count;
        }
    }
    for (const std::int64_t count : result.train_clips_per_class) {
        in_table += count;
    }
    EXPECT_EQ(tested, result.test_clips);
    EXPECT_EQ(in_table, result.train_clips + result.validation_clips);
    ASSERT_EQ(result.test_set.size(), static_cast<std::size_t>(result.test_clips));
    ASSERT_EQ(result.last.predictions.size(), result.test_set.size());
    const data::DataSet data_set = data::DataSet::open(order.data_folder, order.trial.spec.data.spectrogram);
    configs::Confusion counted(3, std::vector<std::int64_t>(3, 0));
    for (std::size_t i = 0; i < result.test_set.size(); ++i) {
        const configs::TestClip& clip = result.test_set[i];
        const configs::PredictedClip& said = result.last.predictions[i];
        EXPECT_EQ(clip.truth, data_set.label(clip.clip));
        EXPECT_EQ(clip.group, data_set.group(clip.clip));
        EXPECT_EQ(said.rank == 1, said.predicted == clip.truth);
        EXPECT_GT(said.probability, 1.0F / 3 - 1e-6F);
        ++counted[static_cast<std::size_t>(clip.truth)][static_cast<std::size_t>(said.predicted)];
    }
    EXPECT_EQ(counted, result.last.confusion);
    EXPECT_EQ(result.best.predictions.empty(), result.best.epoch == result.last.epoch) << "one is said once";
    EXPECT_THAT(result.classes, ::testing::ElementsAre("instrument-00", "instrument-01", "instrument-02"));
    EXPECT_EQ(result.last.epoch, 25);
    EXPECT_EQ(result.best.epoch, result.best_epoch);
    EXPECT_EQ(result.attempt_folder, "trials/" + order.trial.id + "/attempt-1");
    EXPECT_GT(result.peak_memory_bytes, 10'000'000);
    EXPECT_GT(result.parameters, 0);
    EXPECT_EQ(result.execution.threads, 1);
    EXPECT_EQ(result.execution.attnsweep_version, runner::version_text());
    EXPECT_FALSE(result.execution.mixed);
    EXPECT_EQ(result.execution.attention_implementation, "tiled");
    EXPECT_THAT(trial.log(), HasSubstr("attention " + configs::attention_of(result.execution)));

    EXPECT_EQ(events.front().kind, TrialEvent::Kind::started);
    EXPECT_EQ(events.front().epoch, 0);
    EXPECT_EQ(events.front().max_epochs, 25);
    EXPECT_EQ(events.back().kind, TrialEvent::Kind::finished);
    EXPECT_EQ(events.back().path, (order.attempt_folder / "result.json").string());
    int epochs = 0;
    for (const TrialEvent& event : events) {
        EXPECT_EQ(event.trial_id, order.trial.id);
        if (event.kind == TrialEvent::Kind::epoch) {
            ASSERT_TRUE(event.record);
            EXPECT_EQ(event.record->epoch, ++epochs);
            EXPECT_EQ(event.record->validation_loss, result.epochs.at(epochs - 1).validation_loss);
        }
    }
    EXPECT_EQ(epochs, 25);

    EXPECT_THAT(names_in(order.attempt_folder),
                UnorderedElementsAre("result.json", "weights-last.safetensors", "weights-best.safetensors",
                                     HasSubstr("checkpoint-00026")))
        << "whose rank removes it when the result is in the store";
    EXPECT_EQ(files::read_file(order.pending_folder / (order.trial.id + ".json")),
              files::read_file(order.attempt_folder / "result.json"));
}

TEST_F(Training, TwiceTheSameIsTheSame)
{
    const runner::TrialOrder one = tone_order(store_ / "one");
    const runner::TrialOrder two = tone_order(store_ / "two");
    ASSERT_EQ(TrialProcess(one, store_ / "log").wait(), 0);
    ASSERT_EQ(TrialProcess(two, store_ / "log").wait(), 0);
    EXPECT_EQ(fingerprint(one), fingerprint(two));
    const runner::TrialOrder other =
        tone_order(store_ / "other", [](configs::TrialSpec& spec) { spec.seed.order = 2; });
    ASSERT_EQ(TrialProcess(other, store_ / "log").wait(), 0);
    EXPECT_NE(result_of(one).epochs.back().train_loss, result_of(other).epochs.back().train_loss);
}

TEST_F(Training, StopsEarly)
{
    const runner::TrialOrder order = tone_order(store_.path(), [](configs::TrialSpec& spec) {
        spec.training.max_epochs = 400;
        spec.training.patience = 2;
        spec.training.learning_rate = 0.1;
    });
    ASSERT_EQ(TrialProcess(order, store_ / "log").wait(), 0);
    const configs::TrialResult result = result_of(order);
    EXPECT_TRUE(result.stopped_early);
    ASSERT_LT(result.epochs.size(), 400u);
    EXPECT_EQ(result.best_epoch, static_cast<int>(result.epochs.size()) - 2);
    for (const configs::EpochRecord& epoch : result.epochs) {
        EXPECT_GE(epoch.validation_loss, result.epochs.at(result.best_epoch - 1).validation_loss);
    }
    EXPECT_EQ(result.best.epoch, result.best_epoch);
    EXPECT_NE(files::read_safetensors(order.attempt_folder / "weights-last.safetensors"),
              files::read_safetensors(order.attempt_folder / "weights-best.safetensors"));
}

TEST_F(Training, WithoutValidationTheLastWeightsAreTheBest)
{
    const auto refit = [](configs::TrialSpec& spec) {
        spec.data.train_on_validation = true;
        spec.training.early_stopping = false;
        spec.training.max_epochs = 3;
    };
    const runner::TrialOrder order = tone_order(store_ / "one", refit);
    const runner::TrialOrder apart = tone_order(store_ / "two");
    ASSERT_EQ(TrialProcess(order, store_ / "log").wait(), 0);
    ASSERT_EQ(TrialProcess(apart, store_ / "log").wait(), 0);
    const configs::TrialResult result = result_of(order), other = result_of(apart);
    EXPECT_EQ(result.validation_clips, 0);
    EXPECT_EQ(result.train_clips, other.train_clips + other.validation_clips);
    EXPECT_EQ(result.test_set, other.test_set) << "the results can be compared";
    EXPECT_EQ(result.epochs.size(), 3U);
    for (const configs::EpochRecord& epoch : result.epochs) {
        EXPECT_TRUE(std::isnan(epoch.validation_loss)) << "not known, and not of clips that were trained on";
        EXPECT_TRUE(std::isnan(epoch.validation_accuracy));
    }
    EXPECT_EQ(result.best_epoch, 0);
    EXPECT_EQ(result.best.confusion, result.last.confusion);
    EXPECT_EQ(result.best.epoch, 3) << "they are the last";
    EXPECT_THAT(result.best.predictions, IsEmpty()) << "one is said once";
    EXPECT_EQ(files::read_safetensors(order.attempt_folder / "weights-last.safetensors"),
              files::read_safetensors(order.attempt_folder / "weights-best.safetensors"));
}

/// Clips to train of the classes 0 (three recordings) and 1 (one), and of class 2 none.
fs::path unbalanced_data(const fs::path& folder)
{
    write_tone_corpus(folder / "audio", tone_classes, 5, 2.05);
    std::ofstream manifest(folder / "manifest.csv");
    manifest << "path,label,split\n";
    for (int instrument = 0; instrument < tone_classes; ++instrument) {
        for (int recording = 0; recording < 5; ++recording) {
            const std::string name = "instrument-0" + std::to_string(instrument);
            const bool trains = instrument == 0 ? recording < 3 : instrument == 1 && recording < 1;
            manifest << "audio/" << name << "/" << name << "-" << recording << ".wav," << name << ","
                     << (trains           ? "train"
                         : recording == 3 ? "validation"
                                          : "test")
                     << "\n";
        }
    }
    manifest.close();
    data::IngestOptions options;
    options.manifest = folder / "manifest.csv";
    options.out = folder / "shards";
    options.geometry = data::describe(tone_data()).geometry;
    options.threads = 1;
    data::ingest(options);
    return options.out;
}

TEST_F(Training, ClassWeightsWeighTheTrainingLossAndAClassWithoutClipsIsNamed)
{
    const fs::path data = unbalanced_data(store_.path());
    const auto trained = [&](configs::ClassWeights weights, const std::string& name) {
        runner::TrialOrder order = tone_order(store_ / name, [&](configs::TrialSpec& spec) {
            spec.data.split = configs::SplitKind::manifest;
            spec.training.class_weights = weights;
            spec.training.learning_rate = 1e-9;  // the weights hardly move, so the losses of both can be compared
            spec.training.max_epochs = 1;
        });
        order.data_folder = data;
        order.trial.spec.data_set.digest = data::describe(data).set(configs::Spectrogram::cqt).digest;
        TrialProcess trial(order, store_ / (name + ".log"));
        EXPECT_EQ(trial.wait(), 0) << trial.log();
        return std::pair(result_of(order).epochs.at(0), trial.log());
    };
    const auto [plain, plain_log] = trained(configs::ClassWeights::none, "none");
    const auto [balanced, log] = trained(configs::ClassWeights::balanced, "balanced");
    EXPECT_THAT(log, HasSubstr("training.class_weights = balanced: instrument-02 has no training clips, so its weight "
                               "is 0"));
    EXPECT_THAT(plain_log, Not(HasSubstr("class_weights")));
    EXPECT_GT(std::abs(plain.train_loss - balanced.train_loss), 1e-3);
    EXPECT_NEAR(plain.validation_loss, balanced.validation_loss, 1e-5) << "which is not weighted";
}

TEST_F(Training, KeepsWhatItIsToldTo)
{
    for (const configs::Keep kept :
         {configs::Keep::none, configs::Keep::last, configs::Keep::best, configs::Keep::all}) {
        const std::string keep = configs::to_string(kept);
        runner::TrialOrder order =
            tone_order(store_ / keep, [](configs::TrialSpec& spec) { spec.training.max_epochs = 1; });
        order.keep = kept;
        ASSERT_EQ(TrialProcess(order, store_ / "log").wait(), 0);
        std::vector<std::string> names = names_in(order.attempt_folder);
        // Of checkpoints its rank disposes, once the result is in the store.
        if (keep == "none") {
            EXPECT_THAT(names, UnorderedElementsAre("result.json", HasSubstr("checkpoint-")));
        } else if (keep == "all") {
            EXPECT_THAT(names, UnorderedElementsAre("result.json", "weights-last.safetensors",
                                                    "weights-best.safetensors", HasSubstr("checkpoint-")));
        } else {
            EXPECT_THAT(names, UnorderedElementsAre("result.json", "weights-" + keep + ".safetensors",
                                                    HasSubstr("checkpoint-")));
        }
    }
}

TEST_F(Training, AnEndedTrialIsAnnouncedAgainNotTrainedAgain)
{
    const runner::TrialOrder order =
        tone_order(store_.path(), [](configs::TrialSpec& spec) { spec.training.max_epochs = 1; });
    ASSERT_EQ(TrialProcess(order, store_ / "log").wait(), 0);
    const std::string result = files::read_file(order.attempt_folder / "result.json");
    fs::remove(order.pending_folder / (order.trial.id + ".json"));
    const runner::TrialOrder again = next_attempt(order);
    TrialProcess trial(again, store_ / "log");
    const auto first = trial.next_event();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->kind, TrialEvent::Kind::finished);
    EXPECT_EQ(trial.wait(), 0);
    EXPECT_EQ(files::read_file(order.pending_folder / (order.trial.id + ".json")), result);
    EXPECT_FALSE(fs::exists(again.attempt_folder));
}

TEST_F(Training, InTheForegroundNothingIsWritten)
{
    runner::TrialOrder order = tone_order(store_.path());
    order.max_batches = 20;
    const Answer answer = ask_trial_program("train --foreground", nlohmann::json(order).dump());
    EXPECT_EQ(answer.code, 0) << answer.errors;
    EXPECT_THAT(answer.output, HasSubstr("20 batches trained"));
    EXPECT_THAT(answer.output,
                ContainsRegex("an average step of [0-9.]+ ms \\(20 steps\\): data .* forward .* backward "));
    EXPECT_THAT(answer.output, HasSubstr("clips/s"));
    order.max_batches = 0;
    order.trial.spec.training.max_epochs = 2;
    const Answer whole = ask_trial_program("train --foreground", nlohmann::json(order).dump());
    EXPECT_EQ(whole.code, 0) << whole.errors;
    EXPECT_THAT(whole.output,
                AllOf(HasSubstr("epoch 2/2"), HasSubstr("test accuracy"), Not(HasSubstr("running loss 0.0000"))));
    std::smatch found;
    ASSERT_TRUE(std::regex_search(whole.output, found, std::regex(R"(: (\d+) batches of)"))) << whole.output;
    EXPECT_THAT(whole.output, HasSubstr("\n" + std::to_string(2 * std::stoi(found[1])) + " batches trained"))
        << "evaluating the test set is no batch";
    EXPECT_THAT(names_in(store_.path()), IsEmpty());
}

TEST_F(Training, OfNoStepNoAverageIsSaid)
{
    runner::TrialOrder order = tone_order(store_.path());
    order.data_folder = (store_.path() / "nowhere").string();
    const Answer answer = ask_trial_program("train --foreground", nlohmann::json(order).dump());
    EXPECT_NE(answer.code, 0);
    EXPECT_THAT(answer.errors, HasSubstr("nowhere"));
    EXPECT_THAT(answer.output, Not(HasSubstr("average step")));
}

TEST(TrialProgram, SaysItsVersion)
{
    const Answer answer = ask_trial_program("--version", "");
    EXPECT_EQ(answer.code, 0);
    EXPECT_THAT(answer.output, AllOf(HasSubstr(runner::version_text()), HasSubstr("libtorch 2.")));
}

}  // namespace
}  // namespace attnsweep::tests
