#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* ten = "[axes]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n"
                            "\"model.attention_ratio\" = [0, 0.25, 0.5, 0.75, 1]\n";

TEST(Override, SetsAValueOfEachType)
{
    const configs::Sweep sweep =
        SweepFolder().read("", {"training.learning_rate=0.01", " model.heads = 4 ", "data.scale=decibel",
                                "data.normalisation=\"clip_max\"", "training.early_stopping=false",
                                "model.dense_sizes=[32, 16]", "model.augmented_blocks=[]", "sweep.name=7",
                                "sweep.description=a = b, [c]", "checkpoint.every=10 min", "seed.init=9"});
    const configs::TrialSpec& spec = sweep.trials.at(0).spec;
    EXPECT_EQ(spec.training.learning_rate, 0.01);
    EXPECT_EQ(spec.model.heads, 4);
    EXPECT_EQ(spec.data.scale, configs::Scale::decibel);
    EXPECT_EQ(spec.data.normalisation, configs::Normalisation::clip_max);
    EXPECT_FALSE(spec.training.early_stopping);
    EXPECT_EQ(spec.model.dense_sizes, (std::vector{32, 16}));
    EXPECT_TRUE(spec.model.augmented_blocks.empty());
    EXPECT_EQ(sweep.name, "7");
    EXPECT_EQ(sweep.description, "a = b, [c]");
    EXPECT_EQ(sweep.execution.checkpoint_every_s, 600);
    EXPECT_EQ(spec.seed.init, 9u);
}

TEST(Override, TakesNumbersAsPeopleWriteThem)
{
    for (const auto& [text, number] : {std::pair(".001", 0.001),
                                       {"1.", 1.0},
                                       {"1e-3", 1e-3},
                                       {"+1", 1.0},
                                       {"+.5", 0.5},
                                       {"00.25", 0.25},
                                       {"1.e-2", 0.01},
                                       {"5E-1", 0.5},
                                       {"2", 2.0}}) {
        const configs::Sweep sweep = SweepFolder().read("", {std::string("training.learning_rate=") + text});
        EXPECT_EQ(sweep.trials.at(0).spec.training.learning_rate, number) << text;
        const configs::Sweep axis =
            SweepFolder().read("", {"training.learning_rate=[" + std::string(text) + ", .125]"});
        EXPECT_EQ(axis.trials.at(0).spec.training.learning_rate, number) << text;
        EXPECT_EQ(axis.trials.at(1).spec.training.learning_rate, 0.125) << text;
    }
    EXPECT_EQ(SweepFolder().read("", {"model.heads=08"}).trials.at(0).spec.model.heads, 8);
    EXPECT_EQ(SweepFolder().read("", {"model.attention_ratio=-0."}).trials.at(0).id,
              SweepFolder().read("").trials.at(0).id);
    const auto error = [](const std::string& text) { return SweepFolder().error_of("", {text}); };
    EXPECT_THAT(error("training.learning_rate=-.5"), HasSubstr("= -0.5 is not possible; expected a number above 0"));
    EXPECT_THAT(error("training.max_epochs=1e1"),
                AllOf(StartsWith("--set training.max_epochs=1e1: "), HasSubstr("with a point or an exponent"),
                      HasSubstr("; write 10")));
    EXPECT_THAT(error("training.max_epochs=1e9"), testing::Not(HasSubstr("write 1000000000")));
    EXPECT_THAT(error("training.learning_rate=0,001"), HasSubstr("a decimal point is written as ."));
    for (const char* text : {"training.learning_rate=fast", "training.learning_rate=1e", "training.learning_rate=.",
                             "training.early_stopping=yes", "model.heads=1.2.3"}) {
        EXPECT_THAT(error(text), testing::Not(HasSubstr("without quotes"))) << text;
        EXPECT_THAT(error(text), HasSubstr("; expected ")) << text;
    }
    EXPECT_THAT(error("training.learning_rate=\"0.1\""), HasSubstr("write it without quotes"));
}

TEST(Override, IsNamedAsThePlaceOfARuleThatItBreaks)
{
    const auto error = [](const char* file, const std::vector<std::string>& overrides) {
        return SweepFolder().error_of(file, overrides);
    };
    EXPECT_THAT(error("[model]\nheads = 3\n", {"model.attention_ratio=0.25"}),
                StartsWith("--set model.attention_ratio=0.25: trial "));
    EXPECT_THAT(error("[model]\nattention_ratio = 0.25\n", {"model.heads=3"}),
                StartsWith("--set model.heads=3: trial "));
    EXPECT_THAT(error("[model]\nfirst_filters = 64\n", {"model.blocks=12"}),
                StartsWith("--set model.blocks=12: trial "));
    EXPECT_THAT(error("[model]\nblocks = 4\n", {"model.attention_ratio=1"}),
                StartsWith("--set model.attention_ratio=1: trial "));
    EXPECT_THAT(error("[model]\nblocks = 9\n", {"data.spectrogram=cqt"}),
                StartsWith("--set data.spectrogram=cqt: trial "));
    EXPECT_THAT(error("[model]\nkernel_size = 3\n", {"model.kernel_size=[3, 4]"}),
                StartsWith("--set model.kernel_size=[3, 4]: trial "));
}

TEST(Override, BeatsTheFileAndTheLastOneWins)
{
    const configs::Sweep sweep = SweepFolder().read("[model]\nheads = 2\n", {"model.heads=4", "model.heads=16"});
    EXPECT_EQ(sweep.trials.at(0).spec.model.heads, 16);
    EXPECT_THAT(sweep.overrides, ElementsAre("model.heads=4", "model.heads=16"));
}

TEST(Override, ASingleValueEndsAnAxis)
{
    EXPECT_THAT(labels_of(SweepFolder().read(ten, {"model.attention_ratio=0.25"})),
                ElementsAre("stft-r25-s1", "cqt-r25-s1"));
}

TEST(Override, AListReplacesAnAxisInItsPlaceOrMakesOne)
{
    EXPECT_THAT(labels_of(SweepFolder().read(ten, {"data.spectrogram=[cqt]", "model.attention_ratio=[0, 0.5]"})),
                ElementsAre("cqt-r0-s1", "cqt-r50-s1"));
    EXPECT_THAT(labels_of(SweepFolder().read("", {"model.dense_sizes=[[8], [16, 8]]"})),
                ElementsAre("stft-r0-dense8-s1", "stft-r0-dense16x8-s1"));
    EXPECT_THAT(labels_of(SweepFolder().read("[training]\nbatch_size = 4\n", {"training.batch_size=[8]"})),
                ElementsAre("stft-r0-batch8-s1"));
}

TEST(Override, Repeats)
{
    EXPECT_THAT(labels_of(SweepFolder().read("", {"sweep.repeats=2"})), ElementsAre("stft-r0-s1", "stft-r0-s2"));
}

TEST(Override, OfAZipColumn)
{
    const char* zip = "[[zip]]\n\"training.batch_size\" = [8, 16]\n\"training.learning_rate\" = [0.1, 0.2]\n";
    EXPECT_THAT(labels_of(SweepFolder().read(zip, {"training.batch_size=[2, 4]"})),
                ElementsAre("stft-r0-batch2-lr0.1-s1", "stft-r0-batch4-lr0.2-s1"));
    EXPECT_THAT(SweepFolder().error_of(zip, {"training.batch_size=[2]"}),
                StartsWith("--set training.batch_size=[2]: 1 values, but the [[zip]] at sweep.toml:1:1 has 2"));
}

TEST(Override, ErrorsNameTheText)
{
    const auto error = [](const std::string& text) { return SweepFolder().error_of("", {text}); };
    EXPECT_THAT(error("heads"), StartsWith("--set heads: expected key=value, for example"));
    EXPECT_THAT(error("=4"), StartsWith("--set =4: expected key=value"));
    EXPECT_THAT(
        error("model.haeds=4"),
        StartsWith("--set model.haeds=4: the key \"model.haeds\" is not known; the nearest known key is model.heads"));
    EXPECT_THAT(error("learning_rate=4"), HasSubstr("the nearest known key is training.learning_rate"));
    EXPECT_THAT(error("model.heads=four"),
                StartsWith("--set model.heads=four: model.heads = \"four\" is a string; expected an integer"));
    EXPECT_THAT(error("model.heads="), StartsWith("--set model.heads=: model.heads = \"\" is a string"));
    EXPECT_THAT(error("model.heads=0"), StartsWith("--set model.heads=0: model.heads = 0 is not possible"));
    EXPECT_THAT(error("data.spectrogram=[stft, cqtt]"), HasSubstr("did you mean \"cqt\"?"));
    EXPECT_THAT(error("model.heads=[]"), HasSubstr("the list has no values"));
    EXPECT_THAT(error("model.heads=[2,"), HasSubstr("is not a list that can be read"));
    EXPECT_THAT(error("execution.threads=[1,2]"),
                StartsWith("--set execution.threads=[1,2]: execution.threads = [1, 2] is a list; expected an integer"));
    EXPECT_THAT(error("model.heads=2\nmodel.blocks=3"), HasSubstr("is a string; expected an integer"));
}

TEST(Override, ACombinationItMakesImpossibleNamesIt)
{
    EXPECT_THAT(SweepFolder().error_of("[model]\nattention_ratio = 0.25\n", {"model.heads=5"}),
                StartsWith("--set model.heads=5: trial stft-r25-s1: "));
}

TEST(Override, StandsInTheSweepsText)
{
    const std::string text = SweepFolder().read(ten, {"training.learning_rate=0.01", "model.attention_ratio=[0]"}).text;
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json.at("training").at("learning_rate"), 0.01);
    EXPECT_EQ(json.at("axes").at(1).at("model.attention_ratio"), nlohmann::json({0.0}));
}

}  // namespace
}  // namespace attnsweep::tests
