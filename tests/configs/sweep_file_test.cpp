// What is wrong in a sweep file is said with its file, line and column, what was expected, and the nearest known key.
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "configs/keys.h"
#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct Case {
    const char* name;
    const char* text;
    const char* beginning;  ///< of the message: place, key, value
    const char* expected;   ///< later in the message
};

class SweepFileErrors : public testing::TestWithParam<Case> {};

TEST_P(SweepFileErrors, NameThePlaceAndTheExpectation)
{
    const std::string message = SweepFolder().error_of(GetParam().text);
    EXPECT_THAT(message, StartsWith(GetParam().beginning));
    EXPECT_THAT(message, HasSubstr(GetParam().expected));
}

constexpr Case cases[] = {
    {"Syntax", "[model]\nheads = = 8\n", "sweep.toml:2:9: not valid TOML: ", "value"},
    {"CurlyQuotes", "[data]\nscale = “power”\n", "sweep.toml:2:9: not valid TOML: ", "\"text\" in straight quotes"},
    {"DecimalComma", "[training]\nlearning_rate = 0,1\n",
     "sweep.toml:2:18: not valid TOML: ", "a number (a point before its decimals)"},
    {"Yaml", "model:\n  heads: 8\n", "sweep.toml:1:6: not valid TOML: ", "expected key = value"},
    {"KeyTwice", "[model]\nheads = 8\nheads = 4\n", "sweep.toml:3:", "model.heads is set already at sweep.toml:2"},
    {"KeyTwiceInASecondExclude", "[[exclude]]\nheads = 8\n[[exclude]]\nheads = 4\nheads = 2\n",
     "sweep.toml:5:", "heads is set already at sweep.toml:4"},
    {"KeyTwiceAfterAListOfLists", "[model]\nheads = 8\n[axes]\nx = [\n[4],\n[5]\n]\nx = 3\n",
     "sweep.toml:8:", "axes.x is set already at sweep.toml:4"},
    {"UnknownKey", "[model]\n  haeds = 8\n", "sweep.toml:2:3: the key \"model.haeds\" is not known",
     "nearest known key is model.heads"},
    {"KeyOfAnotherSection", "[model]\nlearning_rate = 0.1\n",
     "sweep.toml:2:1: the key \"model.learning_rate\" is not known", "nearest known key is training.learning_rate"},
    {"KeyOfTheDataSet", "[data]\nclip_seconds = 3\n",
     "sweep.toml:2:1: the key \"data.clip_seconds\" is not one of a sweep: a data set fixes it when it is made",
     "by clip_s under [geometry] of its data config (attnsweep ingest --help)"},
    {"AxisOfTheDataSet", "[axes]\nsample_rate = [8000, 16000]\n", "sweep.toml:2:1: the key \"sample_rate\" is not one",
     "by sample_rate_hz under [geometry]"},
    {"NameOfAnOption", "[sweep]\nname = \"-x\"\n", "sweep.toml:2:8: the sweep's name \"-x\" begins as an option does",
     "name that can be read and typed"},
    {"NameOfARevision", "[sweep]\nname = \"probe@2\"\n", "sweep.toml:2:8: the sweep's name \"probe@2\" ends like",
     "expected a name without @ and a number at its end: change it"},
    {"UnknownSection", "\n[modle]\nheads = 8\n", "sweep.toml:2:2: \"modle\" is not a section",
     "did you mean \"model\"?"},
    {"KeyWithoutSection", "heads = 8\n", "sweep.toml:1:1: \"heads\" is not a section",
     "model.heads: write it under [model]"},
    {"NestedTable", "[model.heads]\nnumber = 8\n", "sweep.toml:2:1: the key \"model.heads.number\" is not known",
     "model.heads"},
    {"SectionIsNoTable", "model = 8\n", "sweep.toml:1:9: model = 8 is an integer", "a line [model] with keys below it"},
    {"StringForInteger", "[model]\nheads = \"8\"\n", "sweep.toml:2:9: model.heads = \"8\" is a string",
     "expected an integer from 1 to 1024; write it without quotes"},
    {"FractionForInteger", "[model]\nheads = 8.0\n",
     "sweep.toml:2:9: model.heads = 8.0 is written with a point or an exponent",
     "expected an integer from 1 to 1024; write 8"},
    {"SeedWithAnExponent", "[seed]\ninit = 1e3\n", "sweep.toml:2:8: seed.init = 1000.0 is written with a point or",
     "an integer of at least 0; write 1000"},
    {"BooleanForNumber", "[training]\nlearning_rate = true\n",
     "sweep.toml:2:17: training.learning_rate = true is true or false", "expected a number above 0"},
    {"IntegerForBoolean", "[training]\nearly_stopping = 1\n",
     "sweep.toml:2:18: training.early_stopping = 1 is an integer", "expected true or false"},
    {"IntegerOutOfRange", "[model]\nheads = 0\n", "sweep.toml:2:9: model.heads = 0 is not possible",
     "an integer from 1 to 1024"},
    {"NumberAtAnExcludedLimit", "[data]\ntest_fraction = 1\n",
     "sweep.toml:2:17: data.test_fraction = 1 is not possible", "between 0 and 1, both excluded"},
    {"RatioOutOfRange", "[model]\nattention_ratio = 25\n",
     "sweep.toml:2:19: model.attention_ratio = 25 is not possible", "a number from 0 to 1"},
    {"NotANumber", "[training]\nlearning_rate = nan\n", "sweep.toml:2:17: training.learning_rate = nan is not possible",
     "a number above 0"},
    {"Infinite", "[training]\nlearning_rate = inf\n", "sweep.toml:2:17: training.learning_rate = inf is not possible",
     "a number above 0"},
    {"IntegerBeyondInt", "[training]\nbatch_size = 4294967312\n",
     "sweep.toml:2:14: training.batch_size = 4294967312 is not possible", "an integer from 1 to 65536"},
    {"UnknownWord", "[data]\nscale = \"decibels\"\n", "sweep.toml:2:9: data.scale = \"decibels\" is not possible",
     "expected one of \"magnitude\", \"power\", \"decibel\"; did you mean \"decibel\"?"},
    {"ListForWord", "[data]\nscale = [\"power\", \"decibel\"]\n",
     "sweep.toml:2:9: data.scale = [\"power\", \"decibel\"] is a list", "put the list under [axes] as \"data.scale\""},
    {"IntegerForList", "[model]\naugmented_blocks = 4\n", "sweep.toml:2:20: model.augmented_blocks = 4 is an integer",
     "a list of distinct integers from 1 to 12; write it in brackets"},
    {"WordInList", "[model]\ndense_sizes = [64, \"32\"]\n",
     "sweep.toml:2:15: model.dense_sizes = [64, \"32\"] is not possible", "a list of integers from 1 to 65536"},
    {"ElementTwice", "[model]\naugmented_blocks = [4, 4]\n",
     "sweep.toml:2:20: model.augmented_blocks = [4, 4] is not possible", "distinct"},
    {"NegativeSeed", "[seed]\ninit = -1\n", "sweep.toml:2:8: seed.init = -1 is not possible",
     "an integer of at least 0"},
    {"SeedIsAString", "[seed]\ninit = \"7\"\n", "sweep.toml:2:8: seed.init = \"7\" is a string",
     "write it without quotes"},
    {"DateForNumber", "[training]\nepsilon = 2024-01-01\n", "sweep.toml:2:11: training.epsilon = ... is a date or time",
     "a number"},
    {"BadDuration", "[checkpoint]\nevery = \"10 parsecs\"\n",
     "sweep.toml:2:9: checkpoint.every = \"10 parsecs\" is not possible", "\"10 min\" or \"30 s\""},
    {"NoDuration", "[checkpoint]\nevery = \"0 s\"\n", "sweep.toml:2:9: checkpoint.every = \"0 s\" is not possible",
     "above 0"},
    {"NoRepeats", "[sweep]\nrepeats = 0\n", "sweep.toml:2:11: sweep.repeats = 0 is not possible",
     "an integer from 1 to 1000"},

    {"NoDevices", "[execution]\ndevices_per_trial = 0\n",
     "sweep.toml:2:21: execution.devices_per_trial = 0 is not possible", "an integer from 1 to 64, or \"auto\""},
    {"UnknownWordForDevices", "[execution]\ndevices_per_trial = \"all\"\n",
     "sweep.toml:2:21: execution.devices_per_trial = \"all\" is not possible", "or \"auto\""},
    {"DevicesInQuotes", "[execution]\ndevices_per_trial = \"2\"\n",
     "sweep.toml:2:21: execution.devices_per_trial = \"2\" is not possible", "write it without quotes"},
    {"HalfADevice", "[execution]\ndevices_per_trial = 0.5\n",
     "sweep.toml:2:21: execution.devices_per_trial = 0.5 is a number", "an integer from 1 to 64, or \"auto\""},
    {"AxesIsNoTable", "axes = 3\n", "sweep.toml:1:8: axes = 3 is an integer", "[axes]"},
    {"AxisUnknown", "[axes]\n\"model.attention\" = [0, 1]\n",
     "sweep.toml:2:1: the key \"model.attention\" is not known", "nearest known key is model.attention_ratio"},
    {"AxisIsNoList", "[axes]\n\"model.heads\" = 4\n", "sweep.toml:2:17: model.heads = 4 is an integer",
     "a list in brackets"},
    {"AxisOfListsIsAList", "[axes]\n\"model.dense_sizes\" = [64, 32]\n",
     "sweep.toml:2:23: model.dense_sizes = [64, 32] is a list", "a list of lists"},
    {"AxisEmpty", "[axes]\n\"model.heads\" = []\n", "sweep.toml:2:17: model.heads = [] has no values", "at least one"},
    {"AxisElementOfWrongType", "[axes]\n\"model.heads\" = [4, \"8\"]\n",
     "sweep.toml:2:21: model.heads = \"8\" is a string", "write it without quotes"},
    {"AxisElementImpossible", "[axes]\n\"model.attention_ratio\" = [0.5,\n  1.5]\n",
     "sweep.toml:3:3: model.attention_ratio = 1.5 is not possible", "from 0 to 1"},
    {"AxisOfExecution", "[axes]\n\"execution.threads\" = [1, 2]\n",
     "sweep.toml:2:1: execution.threads cannot take several values", "a key of [data], [model], [training] or [seed]"},
    {"AxisOfSweep", "[axes]\nsweep.repeats = [1, 2]\n", "sweep.toml:2:7: sweep.repeats cannot take several values",
     "[seed]"},
    {"AxisAndSetting", "[model]\nheads = 4\n[axes]\n\"model.heads\" = [4, 8]\n",
     "sweep.toml:4:1: model.heads already has its values at", "sweep.toml:2:1"},
    {"AxisAndZip", "[axes]\n\"model.heads\" = [4, 8]\n[[zip]]\n\"model.heads\" = [4, 8]\n",
     "sweep.toml:4:1: model.heads already has its values at", "sweep.toml:2:1"},

    {"ZipIsATable", "[zip]\n\"model.heads\" = [4]\n", "sweep.toml:1:1: zip is a table", "[[zip]]"},
    {"ZipLengths", "[[zip]]\n\"model.heads\" = [4, 8]\n\"training.batch_size\" = [8, 16, 32]\n",
     "sweep.toml:3:25: training.batch_size has 3 values, but model.heads at", "sweep.toml:2:1 has 2"},
    {"ZipEmpty", "\n[[zip]]\n[model]\n", "sweep.toml:2:1: this [[zip]] is empty", "equally long lists"},
    {"ExcludeEmpty", "[[exclude]]\n", "sweep.toml:1:1: this [[exclude]] has no conditions", "key = value"},
    {"ExcludeUnknownKey", "[[exclude]]\n\"model.ratio\" = 0\n", "sweep.toml:2:1: the key \"model.ratio\" is not known",
     "nearest"},
    {"ExcludeWrongType", "[[exclude]]\n\"model.heads\" = \"x\"\n", "sweep.toml:2:17: model.heads = \"x\" is a string",
     "an integer"},
    {"ExcludeAll", "[axes]\n\"model.heads\" = [2, 4]\n[[exclude]]\n\"model.heads\" = [2, 4]\n",
     "sweep.toml:3:1: with this [[exclude]] no trial is left", "at least one"},

    {"DuplicateValue", "[axes]\n\"training.batch_size\" = [16, 16]\n",
     "sweep.toml:2:1: the axis training.batch_size has the value 16 twice", "leave one out"},
    {"DuplicateWhereHeadsDoNotMatter", "[axes]\n\"model.attention_ratio\" = [0, 0.5]\n\"model.heads\" = [4, 8]\n",
     "sweep.toml:3:1: the trials stft-r0-h4-s1 and stft-r0-h8-s1 compute the same", "heads at ratio 0"},
    {"DuplicateByRepeats", "[sweep]\nrepeats = 2\n[axes]\n\"seed.init\" = [1, 2]\n\"seed.order\" = [1, 2]\n",
     "sweep.toml:4:1: the trials stft-r0-init1-order1-s2 and stft-r0-init2-order2-s1 compute the same",
     "a seed that repeats"},
    {"TooMany",
     "[sweep]\nrepeats = 1000\n[axes]\n\"model.heads\" = [1,2,3,4,5,6,7,8,9,10,11]\n\"seed.split\" = "
     "[1,2,3,4,5,6,7,8,9,10,11]\n",
     "sweep.toml:5:1: with this axis the sweep has more than 100000 trials", "split it"},
    {"NoManifestSplit", "[data]\nsplit = \"manifest\"\n", "sweep.toml:2:9: trial stft-r0-s1: data.split", "--manifest"},

    {"ExtendsIsNoString", "extends = 3\n", "sweep.toml:1:11: extends = 3 is an integer", "the path of a sweep file"},
    {"ExtendsIsMissing", "extends = \"base.toml\"\n",
     "sweep.toml:1:11: extends = \"base.toml\": there is no file base.toml", "relative to"},
    {"ExtendsADevice", "extends = \"/dev/zero\"\n",
     "sweep.toml:1:11: extends = \"/dev/zero\": /dev/zero is no regular file", "expected a sweep file"},
    {"ExtendsItself", "extends = \"sweep.toml\"\n", "sweep.toml:1:11: extends = \"sweep.toml\" is circular",
     "sweep.toml -> sweep.toml"},
};

INSTANTIATE_TEST_SUITE_P(Cases, SweepFileErrors, testing::ValuesIn(cases),
                         [](const auto& each) { return each.param.name; });

TEST(SweepFile, ThatIsNotThereIsNamedWithARemedy)
{
    try {
        configs::read_sweep("nowhere/sweep.toml", {}, paper_data_set());
        FAIL() << "no error";
    } catch (const configs::Error& error) {
        EXPECT_THAT(error.what(), StartsWith("nowhere/sweep.toml: this sweep file cannot be read"));
        EXPECT_THAT(error.what(), HasSubstr("give the path of a .toml file"));
    }
}

TEST(SweepFile, ADataSetWithoutTheSpectrogramIsNamedWithTheLineThatAsksForIt)
{
    const SweepFolder folder;
    configs::DataSetDescription data = paper_data_set();
    data.spectrograms.pop_back();
    try {
        configs::read_sweep(folder.write("sweep.toml", "[axes]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n"), {},
                            data);
        FAIL() << "no error";
    } catch (const configs::Error& error) {
        const std::string message = folder.without_folder(error.what());
        EXPECT_THAT(message,
                    StartsWith("sweep.toml:2:1: data.spectrogram = \"cqt\": shards: this data set holds no cqt"));
        EXPECT_THAT(message, HasSubstr("only: stft"));
    }
}

TEST(SweepFile, AnEmptyOneIsOneTrialOfThePaper)
{
    const configs::Sweep sweep = SweepFolder().read("");
    ASSERT_EQ(sweep.trials.size(), 1u);
    EXPECT_EQ(sweep.trials[0].label, "stft-r0-s1");
    EXPECT_EQ(sweep.name, "sweep");
    EXPECT_EQ(sweep.trials[0].spec.data_set.frames, 87);
    EXPECT_EQ(sweep.trials[0].spec.data_set.bins, 1025);
    EXPECT_EQ(sweep.trials[0].spec.data_set.classes, 19);
}

TEST(SweepFile, AFilesNameMayNotEndLikeARevisionsEither)
{
    const SweepFolder folder;
    const auto refusal = [&](const std::string& name, const std::vector<std::string>& overrides) -> std::string {
        try {
            return "taken as " + configs::read_sweep(folder.write(name, ""), overrides, paper_data_set()).name;
        } catch (const configs::Error& error) {
            return error.what();
        }
    };
    EXPECT_THAT(refusal("probe@2.toml", {}),
                AllOf(HasSubstr("probe@2.toml: the sweep's name \"probe@2\""), HasSubstr("run --name NAME")));
    EXPECT_EQ(refusal("probe@2.toml", {"sweep.name=\"probe\""}), "taken as probe");
    EXPECT_THAT(refusal("probe.toml", {"sweep.name=\"a@b@10\""}), HasSubstr("--set sweep.name"));
    for (const std::string name : {"probe@home", "probe@", "@2x", "2@v2"}) {
        EXPECT_EQ(refusal("probe.toml", {"sweep.name=\"" + name + "\""}), "taken as " + name);
    }
}

TEST(SweepFile, DevicesOfATrialAreANumberOrAutomatic)
{
    const SweepFolder folder;
    const auto devices = [&](const std::string& text, const std::vector<std::string>& overrides = {}) {
        return folder.read(text, overrides).execution.devices_per_trial;
    };
    EXPECT_EQ(devices(""), 1);
    EXPECT_EQ(devices("[execution]\ndevices_per_trial = 4\n"), 4);
    EXPECT_EQ(devices("[execution]\ndevices_per_trial = \"auto\"\n"), 0);
    EXPECT_EQ(devices("", {"execution.devices_per_trial=auto"}), 0);
    EXPECT_EQ(devices("", {"execution.devices_per_trial=2"}), 2);
}

// A store's revisions of before are not revised by a later version: a new key is late (configs/key.h), and not in this list.
TEST(SweepFile, TheTextOfARevisionHasTheseKeysAtTheirDefaultsAndNoLaterOne)
{
    const std::map<std::string, std::set<std::string>> always{
        {"sweep", {"name", "description", "repeats", "repeat_split"}},
        {"data",
         {"spectrogram", "scale", "normalisation", "split", "test_fraction", "validation_fraction", "stratified",
          "train_on_validation"}},
        {"model",
         {"attention_ratio", "heads", "first_filters", "blocks", "augmented_blocks", "dense_sizes", "kernel_size",
          "batch_norm_momentum", "batch_norm_epsilon", "kernel_stddev", "bias_init"}},
        {"training", {"optimizer",      "learning_rate", "initial_accumulator",
                      "epsilon",        "batch_size",    "max_epochs",
                      "early_stopping", "patience",      "monitor",
                      "precision",      "momentum",      "nesterov",
                      "weight_decay",   "schedule",      "step_epochs",
                      "step_factor",    "warmup_epochs", "clip_norm",
                      "class_weights",  "beta_1",        "beta_2"}},
        {"seed", {"split", "init", "order"}},
        {"execution", {"device", "threads", "hang_after", "slots_per_device", "attention_implementation"}},
        {"checkpoint", {"every", "keep"}}};
    const nlohmann::json text = nlohmann::json::parse(SweepFolder().read("").text);
    for (const configs::Key& key : configs::keys()) {
        const std::string section(key.section()), leaf(key.leaf());
        EXPECT_EQ(text.at(section).contains(leaf), always.at(section).contains(leaf)) << key.name;
        EXPECT_EQ(key.is_late, !always.at(section).contains(leaf)) << key.name;
    }
}

TEST(SweepFile, OneDevicePerTrialIsNotInTheTextOfARevision)
{
    const SweepFolder folder;
    EXPECT_THAT(folder.read("").text, testing::Not(HasSubstr("devices_per_trial")));
    EXPECT_EQ(folder.read("").text, folder.read("[execution]\ndevices_per_trial = 1\n").text);
    const configs::Sweep several = folder.read("[execution]\ndevices_per_trial = \"auto\"\n");
    EXPECT_THAT(several.text, HasSubstr("\"devices_per_trial\":\"auto\""));
    EXPECT_EQ(several.trials.at(0).id, folder.read("").trials.at(0).id) << "how it is run is not in the id";
}

TEST(SweepFile, EverySectionIsRead)
{
    const configs::Sweep sweep =
        SweepFolder().read("[sweep]\nname = \"n\"\ndescription = \"d\"\n"
                           "[data]\nspectrogram = \"cqt\"\nscale = \"power\"\n"
                           "[model]\ndense_sizes = [10, 20]\naugmented_blocks = []\n"
                           "[training]\nlearning_rate = 1\nearly_stopping = false\n"
                           "[seed]\nsplit = 9223372036854775807\n"
                           "[execution]\ndevice = \"cpu\"\nthreads = 2\n\n[checkpoint]\nevery = \"1.5 min\"\n");
    EXPECT_EQ(sweep.name, "n");
    EXPECT_EQ(sweep.description, "d");
    const configs::TrialSpec& spec = sweep.trials.at(0).spec;
    EXPECT_EQ(spec.data.spectrogram, configs::Spectrogram::cqt);
    EXPECT_EQ(spec.data.scale, configs::Scale::power);
    EXPECT_EQ(spec.model.dense_sizes, (std::vector{10, 20}));
    EXPECT_TRUE(spec.model.augmented_blocks.empty());
    EXPECT_EQ(spec.training.learning_rate, 1.0);
    EXPECT_FALSE(spec.training.early_stopping);
    EXPECT_EQ(spec.seed.split, 9223372036854775807u);
    EXPECT_EQ(sweep.execution.device, "cpu");
    EXPECT_EQ(sweep.execution.threads, 2);
    EXPECT_EQ(sweep.execution.checkpoint_every_s, 90);
}

}  // namespace
}  // namespace attnsweep::tests
