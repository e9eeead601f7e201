// Table I and Table II against numbers computed by hand.
#include <clocale>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/trial_identity.h"
#include "reports/report.h"
#include "reports/tables/table_one.h"
#include "reports/tables/table_two.h"
#include "reports/tables/validation_table.h"
#include "store/connection.h"
#include "tests/reports/whole_sweep.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The words of the line that begins so.
std::vector<std::string> words_of_line(const std::string& text, const std::string& start, int after = 0)
{
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        if (!line.starts_with(start)) {
            continue;
        }
        for (int i = 0; i < after; ++i) {
            std::getline(lines, line);
        }
        std::istringstream words(line);
        return {std::istream_iterator<std::string>(words), {}};
    }
    return {};
}

std::vector<std::string> fields_of_line(const std::string& csv, const std::string& start)
{
    std::istringstream lines(csv);
    std::vector<std::string> fields;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(start)) {
            continue;
        }
        std::istringstream parts(line);
        for (std::string field; std::getline(parts, field, ',');) {
            fields.push_back(field);
        }
    }
    return fields;
}

class TablesTest : public testing::Test {
protected:
    TablesTest()
    {
        store_.record_sweep(sweep_);
        store_.commit(done_result(sweep_.trials[3], {10, 8, 6}));    // stft-r25-s1
        store_.commit(done_result(sweep_.trials[4], {10, 10, 10}));  // stft-r25-s2
        store_.commit(done_result(sweep_.trials[15], {5, 5, 5}));    // cqt-r0-s1
        store_.commit(failed_result(sweep_.trials[16], "nan", "the loss is not a number in epoch 3"));
    }
    std::string text_of_table_two(Format format = Format::text) const
    {
        return render(table_two(read_summary(store_, "", store::Weights::last), format), format);
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(TablesTest, TableTwoByHand)
{
    const std::string text = text_of_table_two();
    EXPECT_THAT(words_of_line(text, "stft-r25 "),
                ElementsAre("stft-r25", "2/3", "90.00±14.14", ".9107±.1263", ".9000±.1414", ".9000±.1414",
                            ".9053±.1339", ".8981±.1440", "100.00±0.00"));
    EXPECT_THAT(words_of_line(text, "stft-r25 ", 1),
                ElementsAre("paper,", "+-", "95.09", "-5.09", ".8499", "+.0608", ".8675", "+.0325", ".9509", "-.0509",
                            ".8586", "+.0467"));
    // One repeat: a mean without a deviation. {5, 5, 5}: each class is half right, and predicted ten times.
    EXPECT_THAT(words_of_line(text, "cqt-r0 "),
                ElementsAre("cqt-r0", "1/3", "50.00", ".5000", ".5000", ".5000", ".5000", ".5000", "100.00"));
    EXPECT_THAT(words_of_line(text, "cqt-r100 "), ElementsAre("cqt-r100", "0/3", "–", "–", "–", "–", "–", "–", "–"));
}

TEST_F(TablesTest, EveryLineFitsAHundredAndFifteenColumns)
{
    std::istringstream lines(render_report(store_, {}, Format::text));
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }), 115) << line;
    }
}

TEST_F(TablesTest, TheBaselineIsAlwaysPredictingTheMostFrequentClass)
{
    // Ten test clips of each of three classes; of them the first.
    const std::string text = text_of_table_two();
    EXPECT_THAT(words_of_line(text, "baseline "),
                ElementsAre("baseline", "33.33", ".1111", ".3333", ".3333", ".1667", ".1667", "–"));
    EXPECT_THAT(text, HasSubstr("baseline: always predicting banjo, the most frequent class of the test clips."));
    EXPECT_THAT(text_of_table_two(Format::csv), HasSubstr(",baseline_accuracy,baseline_class,cautions\n"));
    EXPECT_THAT(text_of_table_two(Format::csv), HasSubstr(",0.3333333333,banjo,\n"));
    EXPECT_EQ(baseline_of({"", {"a", "b"}, {1, 1}, {0, 0}, 2, 0, 0}), std::nullopt) << "no test clips";
    const std::optional<Baseline> second = baseline_of({"", {"a", "b"}, {1, 1}, {1, 3}, 2, 0, 4});
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->class_name, "b");
    EXPECT_DOUBLE_EQ(second->metrics.accuracy, 0.75);
}

TEST_F(TablesTest, AxesAndValidationStandInATableOfTheirOwn)
{
    const configs::Sweep sweep = sweep_of_three_axes();
    fill_as_done(store_, sweep);
    const std::string text = render_report(store_, {}, Format::text);
    EXPECT_THAT(words_of_line(text, "model "), testing::Contains("n")) << "Table II comes first";
    const std::string second = text.substr(text.find("Settings and validation results of sweep axes"));
    EXPECT_THAT(words_of_line(second, "model "),
                ElementsAre("model", "spectrogram", "attention_ratio", "learning_rate", "n", "val.", "loss", "val.",
                            "acc.", "%", "test", "acc.", "%"));
    EXPECT_THAT(
        words_of_line(second, "stft-r50-lr0.001 "),
        ElementsAre("stft-r50-lr0.001", "stft", "0.5", "0.001", "2/2", "2.1500±0.0707", "65.00±7.07", "68.33±7.07"));
    EXPECT_THAT(second, HasSubstr("Best by validation loss: stft-r0-lr0.01, 1.1500; its test accuracy is 88.33 %."));
    const std::string csv = render_report(store_, {}, Format::csv);
    EXPECT_THAT(csv, AllOf(HasSubstr(",data.spectrogram,model.attention_ratio,training.learning_rate,"),
                           HasSubstr(",validation_loss_mean,validation_loss_sd,validation_accuracy_mean,"),
                           Not(HasSubstr("Settings and validation"))));
    const SweepSummary summary = read_summary(store_, "", store::Weights::last);
    const std::string narrow = to_text(validation_table(summary, axes_of(summary), true, 100));
    EXPECT_THAT(narrow, AllOf(HasSubstr("Not shown, for want of room (--format csv has all): training.learning_rate."),
                              Not(HasSubstr("learning_rate  "))));
    EXPECT_THAT(to_csv(validation_table(summary, axes_of(summary), false)),
                HasSubstr("\nstft-r50-lr0.001,stft,0.5,0.001,2,2.15,"));
}

TEST_F(TablesTest, UnderTableTwoStandsWhatOneMustKnow)
{
    std::string text = text_of_table_two();
    for (std::size_t at; (at = text.find("\n  ")) != std::string::npos;) {
        text.replace(at, 3, " ");
    }
    for (const char* words :
         {"3 of 30 trials done, 1 failed, 26 missing", "cqt-r0-s2 (nan: the loss is not a number in epoch 3)",
          "sample rate 22050 Hz, hop 256 samples, n_fft 2048", "7 octaves x 36 bins from fmin 32.703 Hz", "magnitude",
          "normalisation: none", "by clip at random", "300 clips of 1 s from 120 recordings, 3 classes",
          "Weights: last", "102 of 2,079 clips", "training.max_epochs 60 (400)"}) {
        EXPECT_THAT(text, HasSubstr(words));
    }
}

TEST_F(TablesTest, TopThreeIsOfTheTrialsThatKeptTheirPredictions)
{
    const auto with_ranks = [&](std::size_t trial, int first_rank) {
        configs::TrialResult result = done_result(sweep_.trials[trial], {0, 10, 10});
        for (configs::PredictedClip& clip : result.last.predictions) {
            clip.rank = clip.rank == 1 ? 1 : first_rank;
        }
        return result;
    };
    // 20 of 30 clips are right; of the other ten the true class comes third, then fourth.
    store_.commit(with_ranks(6, 3));
    store_.commit(with_ranks(7, 4));
    EXPECT_THAT(words_of_line(text_of_table_two(), "stft-r50 "), testing::Contains("83.33±23.57"));
    configs::TrialResult unkept = with_ranks(8, 3);
    unkept.last.predictions.clear();
    unkept.best.predictions.clear();
    unkept.test_set.clear();
    store_.commit(unkept);
    const std::string text = text_of_table_two();
    EXPECT_THAT(words_of_line(text, "stft-r50¹"), testing::Contains("83.33±23.57"));
    EXPECT_THAT(text, HasSubstr("its top-3 accuracy is of 2 of the 3 repeats done"));
    EXPECT_THAT(text_of_table_two(Format::csv), HasSubstr(",top3_accuracy_mean,top3_accuracy_sd,"));
    const auto mean = store_.connection().database().execAndGet(
        "SELECT top3_accuracy FROM configuration_summary WHERE configuration = 'stft-r50'");
    EXPECT_TRUE(mean.isNull()) << "of all that are done, or of none";
}

TEST_F(TablesTest, BestWeightsGiveTheirNumbersAndSaySo)
{
    const store::SweepResults results = store::read_results(store_, "", store::Weights::best);
    const std::string text = render(table_two(summary_of(results), Format::text), Format::text);
    EXPECT_THAT(words_of_line(text, "stft-r25 "), testing::Contains("90.00±0.00"));
    EXPECT_THAT(text, HasSubstr("Weights: best"));
}

TEST_F(TablesTest, ARowThatIsNoneOfThePapersHasNoPaperLine)
{
    for (configs::Trial& trial : sweep_.trials) {
        trial.spec.model.attention_ratio *= 0.8;
        trial.id = configs::trial_id(trial.spec);
    }
    sweep_.text.push_back('x');
    store_.record_sweep(sweep_);
    const std::string text = text_of_table_two();
    EXPECT_THAT(words_of_line(text, "stft-r25 ", 1).front(), "stft-r50");
    EXPECT_THAT(words_of_line(text, "stft-r0 ", 1).front(), "paper,");  // 0 stays 0
}

TEST_F(TablesTest, ReadAConfigurationAtATimeTheyAreTheSame)
{
    configs::TrialResult mixed = done_result(sweep_.trials[17], {5, 5, 5});
    mixed.execution.mixed = true;
    store_.commit(mixed);
    store_.commit(failed_result(sweep_.trials[20], "nan", "loss is nan"));
    const auto expect_same = [&] {
        for (const store::Weights weights : {store::Weights::last, store::Weights::best}) {
            const SweepSummary summary = read_summary(store_, "", weights);
            const store::SweepResults results = store::read_results(store_, "", weights);
            SweepSummary whole = summary_of(results);
            whole.baseline = summary.baseline;  // of the split, which is not among the results
            for (const Format format : {Format::text, Format::markdown, Format::csv, Format::latex, Format::json}) {
                EXPECT_EQ(render(table_two(summary, format), format), render(table_two(whole, format), format));
                EXPECT_EQ(render(table_one(summary, std::nullopt, format), format),
                          render(table_one(whole, std::nullopt, format), format));
            }
        }
    };
    expect_same();
    // No sweep is expanded like this; its repeats belong together all the same.
    std::reverse(sweep_.trials.begin() + 1, sweep_.trials.end());
    std::swap(sweep_.trials[2], sweep_.trials[20]);
    sweep_.text.push_back('x');
    store_.record_sweep(sweep_);
    EXPECT_EQ(read_summary(store_, "", store::Weights::last).configurations.size(), 10U);
    expect_same();
}

TEST_F(TablesTest, RepeatsWithOtherSettingsAreNotPassedOver)
{
    sweep_.trials[4].spec.training.batch_size = 8;
    sweep_.trials[4].id = configs::trial_id(sweep_.trials[4].spec);
    sweep_.text.push_back('x');
    store_.record_sweep(sweep_);
    EXPECT_THAT(render(table_two(read_summary(store_, "", store::Weights::last), Format::text), Format::text),
                HasSubstr("training.batch_size 16 | 8 (16)"));
}

TEST_F(TablesTest, CautionsAreFootnotes)
{
    configs::TrialResult mixed = done_result(sweep_.trials[17], {5, 5, 5});
    mixed.execution.mixed = true;
    store_.commit(mixed);
    const std::string text = text_of_table_two();
    EXPECT_THAT(words_of_line(text, "cqt-r0¹"), testing::Contains("2/3"));
    EXPECT_THAT(text, HasSubstr("¹ cqt-r0: resumed under other execution settings"));
    EXPECT_THAT(fields_of_line(text_of_table_two(Format::csv), "synthetic,1,cqt-r0,").back(), HasSubstr("mixed"));
}

TEST_F(TablesTest, AClassWithoutClipsIsNamed)
{
    configs::TrialResult result = done_result(sweep_.trials[17], {5, 5, 0});
    result.split_digest.back() = 'x';
    result.test_clips_per_class = {15, 15, 0};
    result.train_clips_per_class = {0, 135, 135};
    store_.commit(result);
    const std::string text = text_of_table_two();
    std::string sentence = text;  // without the line breaks
    sentence = std::regex_replace(sentence, std::regex("\n +"), " ");
    EXPECT_THAT(sentence, HasSubstr("no clip of tuba was tested in 1 of 2 repeats: the macro means are over 2 to 3 of "
                                    "3 classes; no clip of banjo was trained on in 1 of 2 repeats"));
    EXPECT_THAT(words_of_line(text, "stft-r25"), Not(testing::Contains(HasSubstr("¹"))));
}

TEST_F(TablesTest, ConfigurationsWithTheSameCautionsShareASign)
{
    for (const std::size_t trial : {0, 17}) {
        configs::TrialResult result = done_result(sweep_.trials[trial], {5, 5, 0});
        result.split_digest.back() = 'x';
        result.test_clips_per_class = {15, 15, 0};
        store_.commit(result);
    }
    std::string text = text_of_table_two();
    EXPECT_THAT(text, HasSubstr("² cqt-r0: its repeats have different train/test splits; no clip of tuba"));
    EXPECT_THAT(text, HasSubstr("¹ stft-r0: no clip of tuba was tested: the macro means are over 2 of 3 classes."));
    configs::TrialResult result = done_result(sweep_.trials[12], {5, 5, 0});
    result.split_digest.back() = 'x';
    store_.commit(result);
    text = text_of_table_two();
    EXPECT_THAT(text, HasSubstr("¹ stft-r0, stft-r100: no clip of tuba"));
    EXPECT_THAT(words_of_line(text, "stft-r100¹"), testing::Contains("1/3"));
}

TEST_F(TablesTest, CsvHasAColumnANumber)
{
    const std::string csv = text_of_table_two(Format::csv);
    const std::vector<std::string> titles = fields_of_line(csv, "sweep,"),
                                   fields = fields_of_line(csv, "synthetic,1,stft-r25,");
    ASSERT_EQ(titles.size(), fields.size() + 1);  // the last field, cautions, is empty
    const auto value = [&](const std::string& title) {
        return fields.at(static_cast<std::size_t>(std::find(titles.begin(), titles.end(), title) - titles.begin()));
    };
    EXPECT_EQ(value("attention_ratio"), "0.25");
    EXPECT_EQ(value("model.attention_ratio"), "0.25") << "the sweep's axes by their keys";
    EXPECT_EQ(value("data.spectrogram"), "stft");
    EXPECT_EQ(std::find(titles.begin(), titles.end(), "training.learning_rate"), titles.end()) << "no axis";
    EXPECT_EQ(value("done"), "2");
    EXPECT_EQ(value("missing"), "1");
    EXPECT_EQ(value("accuracy_mean"), "0.9");
    EXPECT_EQ(value("accuracy_sd"), "0.1414213562");
    // SciPy: ttest_1samp([0.8, 1.0], 0).confidence_interval()
    EXPECT_EQ(value("accuracy_low"), "-0.3706204736");
    EXPECT_EQ(value("accuracy_high"), "2.170620474");
    EXPECT_THAT(text_of_table_two(Format::text), HasSubstr("95 % t-interval of the mean accuracy, %: stft-r25"));
    EXPECT_EQ(value("accuracy_paper"), "0.9509");
    EXPECT_EQ(value("accuracy_difference"), "-0.0509");
    EXPECT_EQ(value("f1_macro_mean"), "0.9053254438");
    // {10, 8, 6} has 24 of 30 right, 10 by chance: (24 - 10) / (30 - 10); {10, 10, 10} has 1.
    EXPECT_EQ(value("balanced_accuracy_mean"), "0.9");
    EXPECT_EQ(value("cohen_kappa_mean"), "0.85");
    EXPECT_EQ(std::find(titles.begin(), titles.end(), "cohen_kappa_paper"), titles.end()) << "the paper has none";
    EXPECT_EQ(value("f1_class_mean_mean").substr(0, 5), "0.898");
    for (const std::string part : {"_mean", "_sd", "_low", "_high"}) {
        EXPECT_EQ(value("f1_classes" + part), value("f1_class_mean" + part)) << "the old name, for one release";
    }
    EXPECT_EQ(value("split"), "clip");
    EXPECT_EQ(value("hop_samples"), "256");
    EXPECT_EQ(titles.back(), "cautions");
}

TEST_F(TablesTest, TableOneCountsTheSplit)
{
    const store::SweepResults results = store::read_results(store_, "", store::Weights::last);
    const std::string digest = done_result(sweep_.trials[3], {1, 1, 1}).split_digest;
    const std::string text =
        render(table_one(summary_of(results), store::read_split(store_, digest), Format::text), Format::text);
    EXPECT_THAT(words_of_line(text, "banjo"), ElementsAre("banjo", "90", "10", "100", "199", "18", "217"));
    EXPECT_THAT(words_of_line(text, "total"), ElementsAre("total", "270", "30", "300", "2157", "228", "2385"));
    EXPECT_THAT(text, HasSubstr("Train includes the 27 validation clips"));
}

TEST_F(TablesTest, TableOneWithoutASplitKnowsTotalsAlone)
{
    const std::string text =
        render(table_one(read_summary(store_, "", store::Weights::last), std::nullopt, Format::text), Format::text);
    EXPECT_THAT(words_of_line(text, "banjo"), ElementsAre("banjo", "–", "–", "100", "199", "18", "217"));
    EXPECT_THAT(text, HasSubstr("No trial is done yet"));
}

TEST_F(TablesTest, StrangersNamesAreHarmless)
{
    store::SweepResults results = store::read_results(store_, "", store::Weights::last);
    results.data.classes = {"a|b", "=cmd", "say \"x\", <b>"};
    const std::string markdown =
        render(table_one(summary_of(results), std::nullopt, Format::markdown), Format::markdown);
    EXPECT_THAT(markdown, HasSubstr("| a\\|b | – | – | 100 |"));
    EXPECT_THAT(markdown, HasSubstr("&lt;b&gt;"));
    const std::string csv = render(table_one(summary_of(results), std::nullopt, Format::csv), Format::csv);
    EXPECT_THAT(csv, HasSubstr("\n'=cmd,,,100"));
    EXPECT_THAT(csv, HasSubstr("\n\"say \"\"x\"\", <b>\",,,100"));
}

TEST_F(TablesTest, NumbersDoNotFollowTheLocale)
{
    const std::string before = render_report(store_, {}, Format::csv) + render_report(store_, {}, Format::text);
    const char* set = std::setlocale(LC_ALL, "de_DE.UTF-8");
    try {
        std::locale::global(std::locale("de_DE.UTF-8"));
    } catch (const std::runtime_error&) {
        // Not installed here. A locale of our own that writes 1.234,5 does as well for streams.
        struct Commas : std::numpunct<char> {
            char do_decimal_point() const override { return ','; }
            char do_thousands_sep() const override { return '.'; }
            std::string do_grouping() const override { return "\3"; }
        };
        std::locale::global(std::locale(std::locale::classic(), new Commas));
    }
    const std::string after = render_report(store_, {}, Format::csv) + render_report(store_, {}, Format::text);
    std::locale::global(std::locale::classic());
    std::setlocale(LC_ALL, "C");
    EXPECT_EQ(after, before) << (set == nullptr ? "own locale" : set);
}

}  // namespace
}  // namespace attnsweep::reports
