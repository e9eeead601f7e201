#include <cstring>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "data/data_set.h"
#include "files/durable_file.h"
#include "files/safetensors.h"
#include "runner/attempt_files.h"
#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"
#include "tests/tone_corpus.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Prediction : public ::testing::Test {
protected:
    Prediction()
    {
        const runner::TrialOrder trained =
            tone_order(store_.path(), [](configs::TrialSpec& spec) { spec.training.max_epochs = 25; });
        EXPECT_EQ(TrialProcess(trained, store_ / "log").wait(), 0);
        const configs::DataSetDescription data = data::describe(tone_data());
        order_.trial = trained.trial;
        order_.geometry = data.geometry;
        order_.classes = data.classes;
        order_.weights = trained.attempt_folder / "weights-best.safetensors";
        audio_ = tone_data().parent_path() / "audio";
    }
    Answer predict(const std::string& arguments = "predict --json") const
    {
        return ask_trial_program(arguments, nlohmann::json(order_).dump());
    }

    TemporaryFolder store_;
    runner::PredictionOrder order_;
    fs::path audio_;
};

TEST_F(Prediction, KnowsWhatItWasTrainedOn)
{
    for (int instrument = 0; instrument < tone_classes; ++instrument) {
        const std::string name = "instrument-0" + std::to_string(instrument);
        for (int recording = 0; recording < 4; ++recording) {
            order_.recordings.push_back(audio_ / name / (name + "-" + std::to_string(recording) + ".wav"));
        }
    }
    const Answer answer = predict();
    ASSERT_EQ(answer.code, 0) << answer.errors;
    std::istringstream lines(answer.output);
    int right = 0, all = 0;
    for (std::string line; std::getline(lines, line); ++all) {
        const nlohmann::json object = nlohmann::json::parse(line);
        EXPECT_EQ(object.at("seconds").size(), 3u);
        double sum = 0;
        for (const auto& entry : object.at("seconds").at(0)) {
            sum += entry.at("probability").get<double>();
        }
        EXPECT_NEAR(sum, 1, 1e-5) << "the three classes there are";
        const std::string truth = fs::path(object.at("recording")).parent_path().filename();
        right += object.at("overall").at(0).at("class") == truth ? 1 : 0;
    }
    EXPECT_EQ(all, 12);
    EXPECT_GE(right, 8) << answer.output;
}

TEST_F(Prediction, WritesTheLikeliestFirstForEachSecond)
{
    order_.recordings = {audio_ / "instrument-01" / "instrument-01-0.wav"};
    order_.top = 2;
    const Answer answer = predict("predict");
    ASSERT_EQ(answer.code, 0) << answer.errors;
    EXPECT_THAT(answer.output, HasSubstr("instrument-01-0.wav"));
    EXPECT_THAT(answer.output, HasSubstr("2 s"));
    EXPECT_THAT(answer.output, HasSubstr("overall"));
    const nlohmann::json object = nlohmann::json::parse(predict().output);
    ASSERT_EQ(object.at("overall").size(), 2u);
    EXPECT_GE(object.at("overall").at(0).at("probability"), object.at("overall").at(1).at("probability"));
}

TEST_F(Prediction, ANameWithALineBreakIsWrittenOnOneLine)
{
    fs::copy_file(audio_ / "instrument-01" / "instrument-01-0.wav", store_ / "two\nlines.wav");
    order_.recordings = {store_ / "two\nlines.wav"};
    const Answer answer = predict("predict");
    ASSERT_EQ(answer.code, 0) << answer.errors;
    EXPECT_THAT(answer.output, HasSubstr("two lines.wav\n"));
    EXPECT_EQ(nlohmann::json::parse(predict().output).at("recording"), (store_ / "two\nlines.wav").string());
}

TEST_F(Prediction, AnotherSampleRateIsResampled)
{
    write_tone_corpus(store_ / "other", 1, 1, 1.5, 44100);
    order_.recordings = {audio_ / "instrument-00" / "instrument-00-0.wav",
                         store_ / "other" / "instrument-00" / "instrument-00-0.wav"};
    const Answer answer = predict();
    ASSERT_EQ(answer.code, 0) << answer.errors;
    std::istringstream lines(answer.output);
    std::string one, other;
    std::getline(lines, one);
    std::getline(lines, other);
    const auto probability = [](const std::string& line) {
        return nlohmann::json::parse(line).at("seconds").at(0).at(0);
    };
    EXPECT_EQ(probability(one).at("class"), probability(other).at("class"));
    EXPECT_NEAR(probability(one).at("probability").get<double>(), probability(other).at("probability").get<double>(),
                0.05);
}

TEST_F(Prediction, RecordingsThatCannotBeUsedAreNamedAndTheOthersGoOn)
{
    write_wav(store_ / "short.wav", std::vector<float>(11025, 0.1f), 22050);
    std::ofstream(store_ / "noise.mp3") << "no audio at all";
    order_.recordings = {store_ / "short.wav", store_ / "noise.mp3", store_ / "missing.wav",
                         audio_ / "instrument-01" / "instrument-01-0.wav"};
    const Answer answer = predict();
    EXPECT_EQ(answer.code, runner::exit_bad_input);
    EXPECT_THAT(answer.errors, HasSubstr("short.wav"));
    EXPECT_THAT(answer.errors,
                HasSubstr("0.5 s long; this trial's clips are of 1 s: give a recording of at least that"));
    EXPECT_THAT(answer.errors, HasSubstr("noise.mp3"));
    EXPECT_THAT(answer.errors, HasSubstr("missing.wav"));
    EXPECT_THAT(answer.output, HasSubstr("instrument-01-0.wav"));
}

TEST_F(Prediction, AShortRecordingIsPaddedWhereThoseTrainedOnWere)
{
    write_wav(store_ / "short.wav", std::vector<float>(11025, 0.1f), 22050);
    order_.recordings = {store_ / "short.wav"};
    order_.pads_short = true;
    const Answer answer = predict();
    ASSERT_EQ(answer.code, 0) << answer.errors;
    const nlohmann::json object = nlohmann::json::parse(answer.output);
    EXPECT_EQ(object.at("seconds").size(), 1u);
    EXPECT_EQ(object.at("clip_s"), 1);
}

/// A file of weights as version 0.1.0 wrote it: no metadata in the header, the checksum in a trailer.
void write_as_version_010(const fs::path& path, const std::string& bytes)
{
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    nlohmann::json header = nlohmann::json::parse(bytes.substr(sizeof length, length));
    header.erase("__metadata__");
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t text_length = text.size();
    files::write_checked(path, std::string(reinterpret_cast<const char*>(&text_length), sizeof text_length) + text +
                                   bytes.substr(sizeof length + length));
}

TEST_F(Prediction, WeightsOfVersion010PredictTheSame)
{
    order_.recordings = {audio_ / "instrument-01" / "instrument-01-0.wav"};
    const Answer today = predict();
    ASSERT_EQ(today.code, 0) << today.errors;
    const fs::path folder = store_ / "attempt-old";
    fs::create_directories(folder);
    write_as_version_010(folder / "weights-best.pt", files::read_safetensors(order_.weights));
    EXPECT_EQ(runner::weights_file(order_.weights.parent_path(), "best"), order_.weights);
    order_.weights = runner::weights_file(folder, "best");
    EXPECT_EQ(order_.weights, folder / "weights-best.pt");
    const Answer old = predict();
    EXPECT_EQ(old.code, 0) << old.errors;
    EXPECT_EQ(old.output, today.output);
    EXPECT_EQ(runner::weights_file(folder, "last"), folder / "weights-last.safetensors") << "neither is there";
}

TEST_F(Prediction, WeightsThatAreMissingDamagedOrAnothersAreErrors)
{
    order_.recordings = {audio_ / "instrument-01" / "instrument-01-0.wav"};
    runner::PredictionOrder whole = order_;
    order_.weights = store_ / "none.safetensors";
    EXPECT_THAT(predict().errors, HasSubstr("none.safetensors"));
    fs::copy_file(whole.weights, store_ / "cut.safetensors");
    fs::resize_file(store_ / "cut.safetensors", fs::file_size(whole.weights) / 2);
    order_.weights = store_ / "cut.safetensors";
    EXPECT_THAT(predict().errors, HasSubstr("damaged"));
    order_ = whole;
    order_.trial.spec.model.first_filters = 8;
    EXPECT_NE(predict().code, 0);
    order_ = whole;
    order_.classes.pop_back();
    EXPECT_NE(predict().code, 0);
}

}  // namespace
}  // namespace attnsweep::tests
