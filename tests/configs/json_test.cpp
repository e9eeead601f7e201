#include <cmath>

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reason.h"
#include "configs/printable.h"
#include "configs/sweep.h"
#include "configs/trial_identity.h"
#include "configs/trial_result.h"
#include "tests/configs/sweep_folder.h"

namespace attnsweep::configs {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Through text, as files and pipes do it.
template <typename T> T again(const T& value)
{
    return json::parse(json(value).dump()).get<T>();
}

template <typename T> std::string error_of(const json& document)
{
    try {
        document.get<T>();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TrialSpec example_spec()
{
    TrialSpec spec;
    spec.data = {Spectrogram::cqt, Scale::decibel, Normalisation::clip_max, SplitKind::group, 0.2, 0.3};
    spec.model.augmented_blocks = {};
    spec.model.bias_init = BiasInit::normal;
    spec.training.monitor = Monitor::validation_accuracy;
    spec.training.precision = Precision::tf32;
    spec.training.learning_rate = 0.1 + 0.2;
    spec.seed = {18446744073709551615u, 9223372036854775809u, 9007199254740993u};
    spec.data_set = {"digest", 87, 252, 19};
    return spec;
}

TrialResult example_result()
{
    TrialResult result;
    result.trial_id = "0123456789abcdef";
    result.label = "cqt-r25-s1";
    result.attempt = 2;
    result.classes = {"oboe", "viola"};
    result.epochs = {{1, 2.5, 0.1, 2.4, 0.2, 1.5}, {2, 2.0, 0.3, 2.1, 0.25, 1.25}};
    result.best_epoch = 2;
    result.stopped_early = true;
    result.last = {2, 1.5, {{3, 1}, {0, 4}}};
    result.best = {2, 1.25, {{4, 0}, {0, 4}}};
    result.parameters = 65692403;
    result.train_clips = 81;
    result.validation_clips = 9;
    result.test_clips = 10;
    result.train_clips_per_class = {40, 50};
    result.test_clips_per_class = {4, 6};
    result.split_digest = "split";
    result.started_at = "2024-05-06T07:08:09Z";
    result.duration_s = 12.25;
    result.peak_memory_bytes = 1234567890123;
    result.execution = {"a-node", "cpu",   "a processor", 2,           "AVX2",   "0.1.0",  "2.11.0", "g++ 12",
                        true,     "tiled", "GPU-1a2b",    "580.65.06", "9.19.0", "2.28.9", 1,        "foreach"};
    result.attempt_folder = "trials/0123456789abcdef/attempt-2";
    return result;
}

TEST(Json, ATrialSpecComesBackWithItsSeedsIntact)
{
    const TrialSpec spec = example_spec(), read = again(spec);
    EXPECT_EQ(json(read).dump(), json(spec).dump());
    EXPECT_EQ(read.seed.split, 18446744073709551615u);
    EXPECT_EQ(read.seed.init, 9223372036854775809u);
    EXPECT_EQ(read.seed.order, 9007199254740993u);
    EXPECT_EQ(read.data.split, SplitKind::group);
    EXPECT_EQ(read.model.bias_init, BiasInit::normal);
    EXPECT_EQ(read.training.learning_rate, 0.30000000000000004);
    EXPECT_EQ(read.data_set.bins, 252);
    EXPECT_EQ(trial_id(read), trial_id(spec));
}

TEST(Json, AMissingKeyMeansTheOldBehaviourAndAnUnknownOneIsNamed)
{
    json document = example_spec();
    document["model"].erase("batch_norm_momentum");
    EXPECT_EQ(document.get<TrialSpec>().model.batch_norm_momentum, 0.99);
    document["model"]["dropuot"] = 0.5;
    EXPECT_THAT(error_of<TrialSpec>(document), HasSubstr("the key \"model.dropuot\" is not known to this version"));
}

TEST(Json, AWrongSpecNamesTheKey)
{
    json document = example_spec();
    document["model"]["heads"] = "8";
    EXPECT_THAT(error_of<TrialSpec>(document),
                HasSubstr("model.heads = \"8\" is of the wrong type; expected an integer"));
    document["model"]["heads"] = 0;
    EXPECT_THAT(error_of<TrialSpec>(document), HasSubstr("model.heads = 0 is not possible"));
    document["model"] = 3;
    EXPECT_THAT(error_of<TrialSpec>(document), HasSubstr("section \"model\" holds 3"));
    document = example_spec();
    document.erase("data_set");
    EXPECT_THAT(error_of<TrialSpec>(document), HasSubstr("\"data_set\" is missing"));
    document = example_spec();
    document["seed"]["init"] = -1;
    EXPECT_THAT(error_of<TrialSpec>(document), HasSubstr("seed.init = -1"));
    EXPECT_THAT(error_of<TrialSpec>(json(3)), HasSubstr("expected a JSON object"));
}

TEST(Json, ATrialComesBack)
{
    const Trial trial{"id", "cqt-r25-s2", "cqt-r25", 2, example_spec()};
    const Trial read = again(trial);
    EXPECT_EQ(json(read), json(trial));
    EXPECT_EQ(read.configuration, "cqt-r25");
    EXPECT_EQ(read.repeat, 2);
}

TEST(Json, PredictionsComeBackAndWrongOnesAreNamed)
{
    TrialResult result = example_result();
    result.test_set = {{7, 3, 0}, {8, 3, 0}, {20, 4, 1}};
    result.last.predictions = {{0, 1, 0.5F}, {1, 2, 0.75F}, {1, 1, 1.0F}};
    const TrialResult read = again(result);
    EXPECT_EQ(read.test_set, result.test_set);
    EXPECT_EQ(read.last.predictions, result.last.predictions);
    EXPECT_TRUE(read.best.predictions.empty());
    json document = result;
    document["test_set"] = to_base64(packed(std::vector<TestClip>{{7, 3, 0}}));
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("3 predictions for 1 test clips"));
    document["test_set"] = to_base64("ten bytes!");
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("10 bytes are not a multiple of 12"));
    document["last"]["predictions"] = "?";
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("\"?\" is not base64 text"));
}

TEST(Json, AResultComesBack)
{
    const TrialResult result = example_result(), read = again(result);
    EXPECT_EQ(json(read).dump(), json(result).dump());
    EXPECT_EQ(read.attempt, 2);
    EXPECT_EQ(read.epochs.at(1).validation_accuracy, 0.25);
    EXPECT_EQ(read.last.confusion, result.last.confusion);
    EXPECT_EQ(read.best.loss, 1.25);
    EXPECT_EQ(read.peak_memory_bytes, 1234567890123);
    EXPECT_EQ(read.execution.compiler, "g++ 12");
    EXPECT_TRUE(read.execution.mixed);
    EXPECT_EQ(read.execution.gpu_uuid, "GPU-1a2b");
    EXPECT_EQ(read.execution.driver_version, "580.65.06");
    EXPECT_EQ(read.execution.cudnn_version, "9.19.0");
    EXPECT_EQ(read.execution.nccl_version, "2.28.9");
    EXPECT_FALSE(json(ExecutionRecord{}).contains("gpu_uuid")) << "a CPU has none";
    EXPECT_EQ(read.execution.attention_implementation, "tiled");
    EXPECT_EQ(read.execution.optimizer_step, "foreach");
    EXPECT_FALSE(json(ExecutionRecord{}).contains("optimizer_step")) << "weight by weight, as before it was recorded";
    EXPECT_EQ(read.train_clips_per_class, result.train_clips_per_class);
}

TEST(Json, AFailedResultKeepsItsNaN)
{
    TrialResult result = example_result();
    result.outcome = Outcome::failed;
    result.failure = {configs::FailureKind::nan, "the loss is not a number", 0};
    result.epochs.at(1).train_loss = std::nan("");
    result.epochs.at(1).validation_loss = INFINITY;
    result.last.loss = -INFINITY;
    const TrialResult read = again(result);
    EXPECT_EQ(read.outcome, Outcome::failed);
    EXPECT_EQ(read.failure.kind, configs::FailureKind::nan);
    EXPECT_TRUE(std::isnan(read.epochs.at(1).train_loss));
    EXPECT_EQ(read.epochs.at(1).validation_loss, INFINITY);
    EXPECT_EQ(read.last.loss, -INFINITY);
}

TEST(Json, AFailedResultNeedsNoNumbers)
{
    const auto read = json::parse(R"({"trial_id": "x", "label": "l", "attempt": 1, "outcome": "failed",
                                      "failure": {"kind": "signal", "message": "killed", "signal": 9}})")
                          .get<TrialResult>();
    EXPECT_EQ(read.failure.signal, 9);
}

TEST(Json, AFailureKeepsTheSlotWhereItIsKnown)
{
    EXPECT_EQ(json(Failure{FailureKind::device, "m", 0, 1}).get<Failure>().slot, 1);
    EXPECT_FALSE(json(Failure{FailureKind::device, "m", 0}).contains("slot"));
    EXPECT_EQ((json{{"kind", "device"}, {"message", "m"}}.get<Failure>().slot), -1) << "of an earlier version";
}

TEST(Json, AFailureKeepsItsWord)
{
    for (const char* word : {"error", "signal", "out_of_memory", "nan", "hang", "device"}) {
        const Failure read = json{{"kind", word}, {"message", "m"}, {"signal", 0}}.get<Failure>();
        EXPECT_EQ(json(read).at("kind"), word);
    }
    EXPECT_EQ(failure_kind("of a later version"), FailureKind::error);
    EXPECT_THROW((json{{"kind", 3}, {"message", "m"}}.get<Failure>()), Error);
}

TEST(Json, AWrongResultNamesTheField)
{
    json document = example_result();
    document["epochs"] = "many";
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("trial result: the field \"epochs\" holds \"many\""));
    document = example_result();
    document.erase("last");
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("trial result: the field \"last\" is missing"));
    document = example_result();
    document["outcome"] = "maybe";
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("\"maybe\" is not known; expected done or failed"));
    document = example_result();
    document["last"]["loss"] = "low";
    EXPECT_THAT(error_of<TrialResult>(document), HasSubstr("the field \"loss\" holds \"low\""));
}

TEST(Json, AResultOfALaterVersionIsRead)
{
    json document = example_result();
    document["energy_j"] = 12;
    EXPECT_EQ(document.get<TrialResult>().label, "cqt-r25-s1");
}

TEST(Json, AGeometryAndADataSetComeBack)
{
    Geometry geometry{44100, 512, 1024, 6, 24, 55.000000000000007};
    EXPECT_EQ(again(geometry), geometry);
    DataSetDescription data = tests::paper_data_set();
    data.geometry = geometry;
    data.has_manifest_split = true;
    const DataSetDescription read = again(data);
    EXPECT_EQ(json(read), json(data));
    EXPECT_EQ(read.set(Spectrogram::cqt).digest, data.set(Spectrogram::cqt).digest);
    EXPECT_TRUE(read.has_manifest_split);
}

TEST(Json, AValueNestedTooDeeplyToBeWrittenIsNamedByItsType)
{
    constexpr std::size_t levels = 100'000;
    const json deep = json::parse(std::string(levels, '[') + std::string(levels, ']'));
    EXPECT_EQ(json_shown(deep), "an array");
    EXPECT_EQ(json_shown(json::object()), "an object");
    EXPECT_EQ(json_shown("a\nb"), "\"a\\nb\"");
    EXPECT_EQ(display_width(json_shown(std::string(1000, 'a'))), 80U);
    json document = Geometry{};
    document["hop_samples"] = json::parse(std::string(levels, '[') + std::string(levels, ']'));
    EXPECT_THAT(error_of<Geometry>(document), HasSubstr("\"hop_samples\" holds an array, which is of the wrong type"));
}

TEST(Json, AnImpossibleGeometryIsAnError)
{
    json document = Geometry{};
    document["hop_samples"] = 0;
    EXPECT_THAT(error_of<Geometry>(document), HasSubstr("every number must be above 0"));
    document.erase("hop_samples");
    EXPECT_THAT(error_of<Geometry>(document), HasSubstr("\"hop_samples\" is missing"));
    document = Geometry{};
    document["clip_s"] = -3;
    EXPECT_THAT(error_of<Geometry>(document), HasSubstr("every number must be above 0"));
    document["clip_s"] = 1e9;
    EXPECT_THAT(error_of<Geometry>(document), HasSubstr("clip_s is too long"));
}

TEST(Json, AClipOfThePapersLengthIsNotWritten)
{
    EXPECT_FALSE(json(Geometry{}).contains("clip_s")) << "what is stored of a sweep stays as it was";
    Geometry geometry;
    geometry.clip_s = 2.5;
    EXPECT_EQ(again(geometry), geometry);
    DataSetDescription data = tests::paper_data_set();
    EXPECT_FALSE(json(data).contains("pads_short"));
    data.pads_short = true;
    EXPECT_TRUE(again(data).pads_short);
}

TEST(Geometry, ThePapersTwoReadingsHaveItsShapes)
{
    for (const Geometry& geometry : {Geometry{}, Geometry{44100, 512, 2048, 7, 36, 32.70319566257483}}) {
        EXPECT_EQ(geometry.frames(), 87);
        EXPECT_EQ(geometry.bins(Spectrogram::stft), 1025);
        EXPECT_EQ(geometry.bins(Spectrogram::cqt), 252);
    }
}

TEST(Geometry, ASpectrogramOfAnotherNameIsAnError)
{
    EXPECT_EQ(spectrogram_from("cqt"), Spectrogram::cqt);
    EXPECT_THROW(spectrogram_from("mel"), Error);
}

}  // namespace
}  // namespace attnsweep::configs
