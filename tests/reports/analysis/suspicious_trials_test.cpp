// What is done, and wrong all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "reports/analysis/suspicious_trials.h"
#include "reports/report.h"
#include "reports/show.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> three_classes{"banjo", "cello", "tuba"};

std::vector<std::string> words_of(const configs::Confusion& confusion, const std::vector<double>& losses,
                                  const configs::TrainingSettings& training = {})
{
    configs::Trial trial;
    trial.label = "one";
    trial.spec.training = training;
    std::vector<configs::EpochRecord> epochs;
    epochs.reserve(losses.size());
    for (const double loss : losses) {
        epochs.push_back({static_cast<int>(epochs.size()) + 1, loss, 0.5, loss, 0.5, 1});
    }
    std::vector<std::string> words;
    for (const SuspiciousTrial& found : suspicions_of(trial, confusion, three_classes, epochs)) {
        words.push_back(found.words);
    }
    return words;
}

const configs::Confusion good{{9, 1, 0}, {1, 9, 0}, {0, 1, 9}};
const std::vector<double> falling{2, 1, 0.5};

TEST(SuspiciousTrials, OneThatLearnsIsNot)
{
    EXPECT_TRUE(words_of(good, falling).empty());
    EXPECT_TRUE(words_of({}, {}).empty()) << "a published result has neither";
    EXPECT_TRUE(words_of(good, {2}).empty()) << "one epoch tells nothing";
    EXPECT_TRUE(words_of({{0, 0, 0}, {0, 10, 0}, {0, 0, 0}}, falling).empty()) << "one class was tested";
}

TEST(SuspiciousTrials, OneClassOnly)
{
    EXPECT_THAT(words_of({{0, 10, 0}, {0, 10, 0}, {0, 10, 0}}, falling),
                testing::ElementsAre("predicts cello for all 30 test clips"));
}

TEST(SuspiciousTrials, NoBetterThanTheMajorityClass)
{
    const configs::Confusion as_good{{0, 2, 0}, {2, 10, 2}, {0, 2, 4}};
    EXPECT_THAT(words_of(as_good, falling),
                testing::ElementsAre("has 14 of 22 test clips right; always predicting cello would have 14"));
    configs::Confusion better = as_good;
    better[0] = {1, 1, 0};
    EXPECT_TRUE(words_of(better, falling).empty()) << "by one clip";
}

TEST(SuspiciousTrials, ALossThatRoseFromTheFirstEpoch)
{
    EXPECT_THAT(words_of(good, {2, 2.5, 3}),
                testing::ElementsAre("its training loss rose from the first epoch: 2, after epoch 3 3"));
    EXPECT_TRUE(words_of(good, {2, 2.5, 1.5}).empty()) << "and fell again";
}

TEST(SuspiciousTrials, AFlatCurveUnderASettingFarFromItsDefault)
{
    configs::TrainingSettings tiny, near, momentum;
    tiny.learning_rate /= 1000;
    near.learning_rate /= 5;
    momentum.momentum = 0.9;  // 0, its default, has no ten times
    EXPECT_THAT(words_of(good, {2, 1.99, 1.98}, tiny),
                testing::ElementsAre(AllOf(HasSubstr("hardly fell (2 to 1.98 at best) with training.learning_rate"),
                                           HasSubstr("(default "))));
    EXPECT_TRUE(words_of(good, {2, 1.99, 1.98}, near).empty()) << "near its default";
    EXPECT_TRUE(words_of(good, {2, 1.99, 1.98}, momentum).empty());
    EXPECT_TRUE(words_of(good, falling, tiny).empty()) << "not flat";
    configs::TrainingSettings idle, descent;
    idle.step_factor /= 100;  // of schedule = "step"
    EXPECT_TRUE(words_of(good, {2, 1.99, 1.98}, idle).empty()) << "it has no effect";
    descent.optimizer = "sgd";
    descent.learning_rate = 0.05;
    EXPECT_TRUE(words_of(good, {2, 1.99, 1.98}, descent).empty()) << "the default is Adagrad's";
}

TEST(SuspiciousTrials, AreSaidInTheReportThePageAndShow)
{
    const tests::TemporaryFolder folder;
    store::Store store = store::Store::open_to_write(folder / "results.db");
    const configs::Sweep sweep = synthetic_sweep();
    store.record_sweep(sweep);
    configs::TrialResult one_class = done_result(sweep.trials[0], {0, 0, 0});
    one_class.last.confusion = {{0, 0, 10}, {0, 0, 10}, {0, 0, 10}};
    one_class.last.predictions.clear();
    one_class.best.predictions.clear();
    one_class.test_set.clear();
    store.commit(one_class);
    store.commit(done_result(sweep.trials[1], {9, 9, 9}));
    configs::TrialResult rising = done_result(sweep.trials[2], {9, 9, 9});
    rising.epochs.back().train_loss = 2.5;
    store.commit(rising);
    const std::string line = "Suspicious, predicts one class only: stft-r0-s1.";
    std::string text = render_report(store, {}, Format::text);
    EXPECT_THAT(text, AllOf(HasSubstr(line), HasSubstr("Suspicious, training loss rose from the first epoch: "
                                                       "stft-r0-s3.")));
    ReportOptions of_best;
    of_best.weights = store::Weights::best;
    EXPECT_THAT(render_report(store, of_best, Format::text), Not(HasSubstr(line)));
    write_report(store, {}, folder / "report");
    const std::string html = files::read_file(folder / "report" / "index.html");
    EXPECT_THAT(html.substr(html.find("<div class=\"state"), 1500), HasSubstr(line));
    EXPECT_THAT(
        show_trial(store, "stft-r0-s1", Format::text),
        AllOf(HasSubstr("Suspicious\n  predicts tuba for all 30 test clips\n"), HasSubstr("validation_accuracy")));
    EXPECT_THAT(show_trial(store, "stft-r0-s2", Format::text), Not(HasSubstr("Suspicious")));
}

}  // namespace
}  // namespace attnsweep::reports
