// Values in short: { log = ... }, { range = ... }, { random = ... }.
#include <gmock/gmock.h>

#include <set>

#include "configs/keys.h"
#include "configs/sweep_file.h"
#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using configs::Value;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The values of one axis, as labels and ids show them.
std::vector<std::string> values(const std::string& key, const std::string& shorthand)
{
    const SweepFolder folder;
    const configs::SweepFile file =
        configs::read_sweep_file(folder.write("sweep.toml", "[axes]\n\"" + key + "\" = " + shorthand + "\n"));
    std::vector<std::string> texts;
    for (const Value& value : file.dimensions.at(0).columns.at(0).values) {
        texts.push_back(configs::text_of(value));
    }
    return texts;
}

std::vector<double> numbers(const std::string& key, const std::string& shorthand)
{
    std::vector<double> all;
    for (const std::string& text : values(key, shorthand)) {
        all.push_back(std::stod(text));
    }
    return all;
}

TEST(ValueShorthand, LogIsSpacedGeometricallyBetweenExactEnds)
{
    EXPECT_THAT(values("training.learning_rate", "{ log = [1e-4, 1e-2], count = 5 }"),
                ElementsAre("1e-04", "0.000316228", "0.001", "0.00316228", "0.01"));
    EXPECT_THAT(values("training.learning_rate", "{ log = [1, 2], count = 2 }"), ElementsAre("1", "2"));
    EXPECT_THAT(values("training.learning_rate", "{ count = 3, log = [0.12345678, 12.345678] }"),
                ElementsAre("0.12345678", "1.23457", "12.345678"));
    EXPECT_THAT(values("training.batch_size", "{ log = [8, 128], count = 5 }"),
                ElementsAre("8", "16", "32", "64", "128"));
    EXPECT_THAT(values("training.batch_size", "{ log = [10, 30], count = 3 }"), ElementsAre("10", "17", "30"));
}

TEST(ValueShorthand, RangeGoesInExactDecimalSteps)
{
    EXPECT_THAT(values("model.attention_ratio", "{ range = [0, 1], step = 0.25 }"),
                ElementsAre("0", "0.25", "0.5", "0.75", "1"));
    EXPECT_THAT(values("model.attention_ratio", "{ range = [0, 0.7], step = 0.1 }"),
                ElementsAre("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"))
        << "no 0.30000000000000004";
    EXPECT_THAT(values("model.attention_ratio", "{ range = [0.1, 0.3], step = 0.2 }"), ElementsAre("0.1", "0.3"));
    EXPECT_THAT(values("model.attention_ratio", "{ range = [0, 1], step = 0.3 }"),
                ElementsAre("0", "0.3", "0.6", "0.9"))
        << "the end is not reached";
    EXPECT_THAT(values("training.learning_rate", "{ range = [1e-3, 2e-3], step = 5e-4 }"),
                ElementsAre("0.001", "0.0015", "0.002"));
    EXPECT_THAT(values("model.heads", "{ range = [2, 9], step = 2 }"), ElementsAre("2", "4", "6", "8"));
    EXPECT_THAT(values("seed.split", "{ range = [9223372036854775805, 9223372036854775807], step = 1 }"),
                ElementsAre("9223372036854775805", "9223372036854775806", "9223372036854775807"));
}

TEST(ValueShorthand, RandomIsTheSameOnEveryMachine)
{
    // Ids depend on these numbers: they never change.
    EXPECT_THAT(values("model.attention_ratio", "{ random = [0, 1], count = 3, seed = 1 }"),
                ElementsAre("0.219815", "0.529424", "0.509168"));
    EXPECT_THAT(values("training.learning_rate", "{ random_log = [1e-4, 1e-2], count = 3, seed = 7 }"),
                ElementsAre("0.000136737", "0.00144265", "0.00480969"));
    EXPECT_THAT(values("training.batch_size", "{ random = [8, 64], count = 3, seed = 1 }"),
                ElementsAre("53", "13", "48"));
    EXPECT_THAT(values("training.batch_size", "{ random_log = [8, 64], count = 3, seed = 1 }"),
                ElementsAre("10", "51", "32"));
}

TEST(ValueShorthand, RandomDrawsDifferentValuesWithinTheBounds)
{
    const auto uniform = numbers("model.attention_ratio", "{ random = [0.2, 0.4], count = 1000, seed = 3 }");
    EXPECT_EQ(std::set(uniform.begin(), uniform.end()).size(), 1000u);
    EXPECT_THAT(uniform, testing::Each(AllOf(testing::Ge(0.2), testing::Le(0.4))));
    EXPECT_NEAR(std::count_if(uniform.begin(), uniform.end(), [](double value) { return value < 0.3; }), 500, 60);

    const auto logarithmic = numbers("training.learning_rate", "{ random_log = [1e-4, 1e-2], count = 1000 }");
    EXPECT_EQ(std::set(logarithmic.begin(), logarithmic.end()).size(), 1000u);
    EXPECT_NEAR(std::count_if(logarithmic.begin(), logarithmic.end(), [](double value) { return value < 1e-3; }), 500,
                60);

    auto all = numbers("model.heads", "{ random = [3, 8], count = 6 }");
    std::sort(all.begin(), all.end());
    EXPECT_THAT(all, ElementsAre(3, 4, 5, 6, 7, 8));
    all = numbers("model.heads", "{ random_log = [3, 8], count = 6 }");
    std::sort(all.begin(), all.end());
    EXPECT_THAT(all, ElementsAre(3, 4, 5, 6, 7, 8));
    EXPECT_THAT(numbers("training.learning_rate", "{ random = [0, 1], count = 50 }"), testing::Each(testing::Gt(0)))
        << "an end that the key excludes may be a bound";
}

TEST(ValueShorthand, MoreDrawsKeepTheFirstAndEachKeyHasItsOwn)
{
    const auto five = values("training.learning_rate", "{ random = [0, 1], count = 5, seed = 2 }");
    auto eight = values("training.learning_rate", "{ random = [0, 1], count = 8, seed = 2 }");
    eight.resize(5);
    EXPECT_EQ(eight, five);
    EXPECT_NE(values("training.learning_rate", "{ random = [0, 1], count = 5, seed = 3 }"), five);
    EXPECT_NE(values("model.attention_ratio", "{ random = [0, 1], count = 5, seed = 2 }"), five);
    EXPECT_EQ(values("training.learning_rate", "{ random = [0, 1], count = 5 }"),
              values("training.learning_rate", "{ random = [0, 1], count = 5, seed = 1 }"));
}

TEST(ValueShorthand, MakesTheTrialsOfTheListThatItStandsFor)
{
    const auto ids = [](const std::string& text, const std::vector<std::string>& overrides = {}) {
        std::vector<std::string> all;
        for (const configs::Trial& trial : SweepFolder().read(text, overrides).trials) {
            all.push_back(trial.id + " " + trial.label);
        }
        return all;
    };
    const auto written = ids("[axes]\n\"model.attention_ratio\" = [0, 0.25, 0.5, 0.75, 1]\n"
                             "\"training.learning_rate\" = [1e-4, 0.001, 0.01]\n");
    EXPECT_EQ(written.size(), 15u);
    EXPECT_EQ(ids("[axes]\nmodel.attention_ratio = { range = [0, 1], step = 0.25 }\n"
                  "training = { learning_rate = { log = [1e-4, 1e-2], count = 3 } }\n"),
              written);
    EXPECT_EQ(ids("", {"model.attention_ratio={range=[0,1],step=.25}",
                       "training.learning_rate = { log = [1.e-4, .01], count = 3 }"}),
              written);
    EXPECT_EQ(SweepFolder().read("[axes]\n\"model.blocks\" = { range = [2, 5], step = 1 }\n").text,
              SweepFolder().read("[axes]\n\"model.blocks\" = [2, 3, 4, 5]\n").text)
        << "a store sees no other revision";
}

TEST(ValueShorthand, StandsInAZipAndInAnExclusion)
{
    EXPECT_THAT(labels_of(SweepFolder().read("[[zip]]\n\"training.batch_size\" = { log = [4, 16], count = 3 }\n"
                                             "\"training.learning_rate\" = { range = [0.1, 0.3], step = 0.1 }\n")),
                ElementsAre("stft-r0-batch4-lr0.1-s1", "stft-r0-batch8-lr0.2-s1", "stft-r0-batch16-lr0.3-s1"));
    EXPECT_THAT(labels_of(SweepFolder().read("[axes]\n\"training.batch_size\" = [1, 2, 3, 4, 5]\n[[exclude]]\n"
                                             "\"training.batch_size\" = { range = [2, 4], step = 1 }\n")),
                ElementsAre("stft-r0-batch1-s1", "stft-r0-batch5-s1"));
    const std::string zip = "[[zip]]\n\"training.batch_size\" = [1, 2]\n\"training.learning_rate\" = [0.1, 0.2]\n";
    EXPECT_THAT(labels_of(SweepFolder().read(zip, {"training.batch_size={ log = [4, 8], count = 2 }"})),
                ElementsAre("stft-r0-batch4-lr0.1-s1", "stft-r0-batch8-lr0.2-s1"));
    EXPECT_THAT(SweepFolder().error_of(zip, {"training.batch_size={ log = [4, 16], count = 3 }"}),
                HasSubstr("3 values, but the [[zip]] at"));
}

struct WrongShorthand {
    const char* name;
    const char* axis;       ///< from column 1 of line 2
    const char* beginning;  ///< of the message
    const char* expected;   ///< later in the message
};

class ValueShorthandErrors : public testing::TestWithParam<WrongShorthand> {};

TEST_P(ValueShorthandErrors, NameThePlaceAndTheExpectation)
{
    const std::string message = SweepFolder().error_of("[axes]\n" + std::string(GetParam().axis) + "\n");
    EXPECT_THAT(message, StartsWith(GetParam().beginning));
    EXPECT_THAT(message, HasSubstr(GetParam().expected));
}

constexpr WrongShorthand wrong_shorthands[] = {
    {"NotANumericKey", "data.spectrogram = { log = [1, 2], count = 2 }",
     "sweep.toml:2:20: data.spectrogram = { log = [1, 2], count = 2 }: this key does not take single numbers",
     "a list in brackets, each element one of \"stft\", \"cqt\""},
    {"BooleanKey", "training.early_stopping = { range = [0, 1], step = 1 }", "sweep.toml:2:27: training.early_stopping",
     "each element true or false"},
    {"KeyOfLists", "model.dense_sizes = { range = [8, 16], step = 8 }", "sweep.toml:2:21: model.dense_sizes",
     "a list of integers"},
    {"UnknownKeyBeforeIt", "model.haeds = { range = [1, 4], step = 1 }",
     "sweep.toml:2:7: the key \"model.haeds\" is not known", "nearest known key is model.heads"},
    {"KeyOfExecution", "execution.threads = { range = [1, 4], step = 1 }",
     "sweep.toml:2:11: execution.threads cannot take several values", "a key of [data]"},
    {"NoKind", "model.heads = { count = 3 }", "sweep.toml:2:15: model.heads = { count = 3 } says no values",
     "one of log, range, random, random_log"},
    {"MisspelledKind", "model.heads = { rnage = [1, 4], step = 1 }",
     "sweep.toml:2:15: model.heads = { rnage = [1, 4], step = 1 } says no values", "one of log, range"},
    {"TwoKinds", "model.heads = { log = [1, 4], range = [1, 4], step = 1 }",
     "sweep.toml:2:15: model.heads = { log = [1, 4], range = [1, 4], step = 1 } has both log and range", "remove"},
    {"KeyOfAnotherKind", "model.heads = { log = [1, 4], step = 1 }", "sweep.toml:2:31: step does not go with log",
     "expected log, count, such as { log = [1e-4, 1e-2], count = 5 }"},
    {"UnknownKeyWithin", "model.attention_ratio = { random = [0, 1], count = 3, sede = 1 }",
     "sweep.toml:2:55: sede does not go with random", "did you mean seed?"},
    {"NoCount", "training.learning_rate = { log = [1e-4, 1e-2] }",
     "sweep.toml:2:26: training.learning_rate = { log = [1e-04, 0.01] } has no count", "a whole number from 2 to 1000"},
    {"CountOne", "training.learning_rate = { log = [1e-4, 1e-2], count = 1 }",
     "sweep.toml:2:56: count = 1 of training.learning_rate is not possible", "or the value alone in a list"},
    {"CountZero", "training.learning_rate = { random = [1e-4, 1e-2], count = 0 }",
     "sweep.toml:2:59: count = 0 of training.learning_rate is not possible", "from 2 to 1000"},
    {"CountTooLarge", "training.learning_rate = { random_log = [1e-4, 1e-2], count = 1001 }",
     "sweep.toml:2:63: count = 1001 of training.learning_rate", "from 2 to 1000"},
    {"CountIsNoWholeNumber", "training.learning_rate = { log = [1e-4, 1e-2], count = 5.0 }",
     "sweep.toml:2:56: count = 5.0 of", "from 2 to 1000"},
    {"OneBound", "training.learning_rate = { log = [1e-4], count = 5 }",
     "sweep.toml:2:34: log = [1e-04] of training.learning_rate is not possible", "two numbers in brackets"},
    {"BoundsAreNoList", "training.learning_rate = { log = 1e-4, count = 5 }", "sweep.toml:2:34: log = 1e-04 of",
     "two numbers in brackets"},
    {"BoundIsAWord", "training.learning_rate = { range = [0.1, \"1\"], step = 0.1 }",
     "sweep.toml:2:36: range = [0.1, \"1\"] of", "two numbers in brackets"},
    {"Backwards", "model.attention_ratio = { range = [1, 0], step = 0.1 }",
     "sweep.toml:2:35: range = [1, 0] of model.attention_ratio runs backwards", "range = [0, 1]"},
    {"EqualBounds", "model.attention_ratio = { log = [0.5, 0.5], count = 3 }",
     "sweep.toml:2:33: log = [0.5, 0.5] of model.attention_ratio leaves one value", "[0.5]"},
    {"LogOfZero", "model.attention_ratio = { log = [0, 1], count = 3 }",
     "sweep.toml:2:33: log = [0, 1] of model.attention_ratio: a logarithmic scale", "numbers above 0, or range"},
    {"LogOfNegative", "model.attention_ratio = { random_log = [-1, 1], count = 3 }",
     "sweep.toml:2:40: random_log = [-1, 1] of", "numbers above 0, or random"},
    {"BoundOutOfTheKeysLimits", "model.attention_ratio = { random = [0, 2], count = 3 }",
     "sweep.toml:2:40: model.attention_ratio = 2 is not possible", "a number from 0 to 1"},
    {"BoundAtAnExcludedLimit", "training.learning_rate = { range = [0, 1], step = 0.5 }",
     "sweep.toml:2:37: training.learning_rate = 0 is not possible", "a number above 0"},
    {"BoundIsInfinite", "training.learning_rate = { log = [1, inf], count = 3 }",
     "sweep.toml:2:38: training.learning_rate = inf is not possible", "a number above 0"},
    {"FractionForWholeNumbers", "model.heads = { range = [1, 4.5], step = 1 }",
     "sweep.toml:2:29: model.heads = 4.5 is a number with a fraction", "an integer from 1 to 1024"},
    {"NoStep", "model.heads = { range = [1, 4] }", "sweep.toml:2:15: model.heads = { range = [1, 4] } has no step",
     "step = 0.25"},
    {"StepZero", "model.heads = { range = [1, 4], step = 0 }", "sweep.toml:2:40: step = 0 of model.heads",
     "a whole number above 0"},
    {"StepNegative", "model.attention_ratio = { range = [0, 1], step = -0.1 }",
     "sweep.toml:2:50: step = -0.1 of model.attention_ratio", "a number above 0"},
    {"StepIsAFraction", "model.heads = { range = [1, 4], step = 0.5 }", "sweep.toml:2:40: step = 0.5 of model.heads",
     "a whole number above 0"},
    {"StepIsAWord", "model.heads = { range = [1, 4], step = \"1\" }", "sweep.toml:2:40: step = \"1\" of model.heads",
     "a whole number above 0"},
    {"StepIsInfinite", "model.attention_ratio = { range = [0, 1], step = inf }", "sweep.toml:2:50: step = inf of",
     "a number above 0"},
    {"StepTooLarge", "model.attention_ratio = { range = [0, 1], step = 2 }",
     "sweep.toml:2:50: step = 2 of model.attention_ratio leads beyond 1 at once", "at most 1"},
    {"StepTooSmall", "model.attention_ratio = { range = [0, 1], step = 0.0009 }",
     "sweep.toml:2:25: model.attention_ratio = { range = [0, 1], step = 9e-04 } stands for more than 1000",
     "a larger step"},
    {"WholeStepTooSmall", "training.max_epochs = { range = [1, 1001], step = 1 }",
     "sweep.toml:2:23: training.max_epochs = { range = [1, 1001], step = 1 } stands for more", "a larger step"},
    {"SeedNegative", "model.attention_ratio = { random = [0, 1], count = 3, seed = -1 }",
     "sweep.toml:2:62: seed = -1 of model.attention_ratio is not possible", "a whole number of at least 0"},
    {"TooFewWholeNumbersToDraw", "model.heads = { random = [1, 4], count = 5 }",
     "sweep.toml:2:15: model.heads = { random = [1, 4], count = 5 } gives no 5 different whole numbers",
     "a smaller count"},
    {"TooFewWholeNumbersToSpace", "model.heads = { log = [1, 4], count = 5 }",
     "sweep.toml:2:15: model.heads = { log = [1, 4], count = 5 } gives no 5 different", "a smaller count"},
    {"TooFewNumbersOfSixDigits", "model.attention_ratio = { random = [0.5, 0.500001], count = 5 }",
     "sweep.toml:2:25: model.attention_ratio = { random = [0.5, 0.500001], count = 5 } gives no 5 different",
     "bounds further apart"},
};

INSTANTIATE_TEST_SUITE_P(Cases, ValueShorthandErrors, testing::ValuesIn(wrong_shorthands),
                         [](const auto& each) { return each.param.name; });

TEST(ValueShorthand, InASectionIsRefusedWithThePlaceWhereItMayStand)
{
    EXPECT_THAT(SweepFolder().error_of("[model]\nheads = { range = [1, 4], step = 1 }\n"),
                AllOf(StartsWith("sweep.toml:2:9: model.heads = { range = [1, 4], step = 1 } is a table; expected an "
                                 "integer"),
                      HasSubstr("to try several values, put them under [axes] as \"model.heads\"")));
}

TEST(ValueShorthand, ErrorsOfSetNameTheText)
{
    const auto error = [](const std::string& text) { return SweepFolder().error_of("", {text}); };
    EXPECT_THAT(error("model.heads={range=[1,4]}"),
                AllOf(StartsWith("--set model.heads={range=[1,4]}: "), HasSubstr("has no step")));
    EXPECT_THAT(error("model.heads={range=[1,4}"), AllOf(StartsWith("--set model.heads={range=[1,4}: "),
                                                         HasSubstr("cannot be read; expected values in short")));
    EXPECT_THAT(error("data.spectrogram={log=[1,2],count=2}"), HasSubstr("does not take single numbers"));
    EXPECT_THAT(error("execution.threads={range=[1,4],step=1}"),
                AllOf(HasSubstr("is a table; expected an integer"), Not(HasSubstr("[axes]"))));
    EXPECT_EQ(SweepFolder().read("", {"sweep.description={a}"}).description, "{a}");
}

TEST(NumbersOfASweepFile, ThatTomlDoesNotKnowAreShownAsItKnowsThem)
{
    const auto error = [](const std::string& value) {
        return SweepFolder().error_of("[training]\n# .5\nlearning_rate = " + value + "\n");
    };
    EXPECT_THAT(error(".001"), StartsWith("sweep.toml:3:17: the number .001 is not written as TOML wants it"));
    EXPECT_THAT(error(".001"), HasSubstr("expected 0.001"));
    EXPECT_THAT(error("1."), HasSubstr("the number 1. is not written as TOML wants it"));
    EXPECT_THAT(error("1."), HasSubstr("expected 1.0"));
    EXPECT_THAT(error("-.5e-3  # half"), AllOf(HasSubstr("number -.5e-3 is"), HasSubstr("expected -0.5e-3")));
    EXPECT_THAT(error("007"), AllOf(HasSubstr("number 007 is"), HasSubstr("expected 7")));
    EXPECT_THAT(SweepFolder().error_of("[axes]\n\"training.learning_rate\" = [\n  0.1,\n  .01,\n]\n"),
                AllOf(StartsWith("sweep.toml:4:3: the number .01 is"), HasSubstr("expected 0.01")));
    EXPECT_THAT(SweepFolder().error_of("[axes]\n\"training.learning_rate\" = { log = [.01, 1], count = 2 }\n"),
                AllOf(StartsWith("sweep.toml:2:37: the number .01 is"), HasSubstr("expected 0.01")));
    EXPECT_THAT(error("\".5\" x"), HasSubstr("not valid TOML")) << "what is in quotes is no number";
}

}  // namespace
}  // namespace attnsweep::tests
