// Which recordings are wrong most often, and how sure the models were.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "reports/analysis/clip_results.h"
#include "reports/tables/table_format.h"
#include "reports/tables/table_html.h"
#include "reports/tables/table_latex.h"
#include "store/connection.h"
#include "tests/reports/whole_sweep.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Recordings 0 (two clips of class 0), 1 (two of class 1) and 2 (one of class 2).
configs::TrialResult heard(const configs::Trial& trial, const std::vector<configs::PredictedClip>& said)
{
    configs::TrialResult result = done_result(trial, {2, 2, 1});
    result.test_set = {{10, 0, 0}, {11, 0, 0}, {20, 1, 1}, {21, 1, 1}, {30, 2, 2}};
    result.last.predictions = result.best.predictions = said;
    return result;
}

class ClipResultsTest : public testing::Test {
protected:
    ClipResultsTest()
    {
        store_.record_sweep(sweep_);
        const configs::PredictedClip right0{0, 1, 0.9F}, right1{1, 1, 0.9F}, right2{2, 1, 0.9F};
        // Of recording 0 half is wrong in each trial, of 1 all in the first, of 2 nothing.
        store_.commit(heard(sweep_.trials[0], {{2, 2, 0.75F}, right0, {0, 2, 0.5F}, {2, 3, 0.5F}, right2}));
        store_.commit(heard(sweep_.trials[1], {{2, 2, 0.25F}, right0, right1, right1, right2}));
        store_.commit(heard(sweep_.trials[3], {right0, {1, 2, 0.5F}, right1, right1, right2}));
    }
    ClipResults read(std::size_t recordings = 25, std::size_t trials = 600) const
    {
        return read_clip_results(store_, store::Weights::last,
                                 done_trials_of(store::read_results(store_, "", store::Weights::last)), recordings,
                                 trials);
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
    std::vector<std::string> classes_{"banjo", "cello", "tuba"};
};

TEST_F(ClipResultsTest, TheRecordingThatIsWrongInMostTrialsComesFirst)
{
    const ClipResults clips = read();
    EXPECT_EQ(clips.trials, 3);
    ASSERT_EQ(clips.hardest.size(), 2U) << "recording 2 is always right";
    const HeardRecording& first = clips.hardest[0];
    EXPECT_EQ(first.group, 0);
    EXPECT_EQ(first.truth, 0);
    EXPECT_EQ(first.clips, 2);
    EXPECT_EQ(first.wrong_trials, 3) << "half of its clips count";
    EXPECT_EQ(first.trials, 3);
    EXPECT_EQ(first.wrong, 3);
    EXPECT_EQ(first.heard, 6);
    EXPECT_EQ(first.taken_for, 2) << "twice, against once for the cello";
    EXPECT_NEAR(first.sureness, 0.5, 1e-6);
    const HeardRecording& second = clips.hardest[1];
    EXPECT_EQ(second.group, 1);
    EXPECT_EQ(second.wrong_trials, 1);
    EXPECT_EQ(second.taken_for, 0) << "of as many the first class";
    EXPECT_EQ(read(1).hardest.size(), 1U);
}

TEST_F(ClipResultsTest, OfTooManyTrialsSomeAreTakenAndThatIsSaid)
{
    const ClipResults clips = read(25, 2);
    EXPECT_EQ(clips.trials, 2);
    EXPECT_EQ(clips.done, 3);
    EXPECT_THAT(recordings_table(clips, classes_, {}, true).notes,
                testing::Contains(HasSubstr("Of 2 of the 3 trials done")));
}

TEST_F(ClipResultsTest, OfTooManyTrialsEachRepeatIsRead)
{
    // Each repeat has a recording of its own, wrong in it.
    for (const configs::Trial& trial : sweep_.trials) {
        configs::TrialResult result = heard(trial, {{1, 2, 0.5F}});
        result.test_set = {{10, 100 + trial.repeat, 0}};
        result.split_digest = "split " + std::to_string(trial.repeat);
        result.attempt = 2;
        store_.commit(result);
    }
    const ClipResults clips = read(25, static_cast<std::size_t>(read().done) / 3);
    EXPECT_EQ(clips.trials, clips.done / 3) << "one of every three, of three repeats";
    EXPECT_EQ(
        std::count_if(clips.hardest.begin(), clips.hardest.end(), [](const auto& one) { return one.group > 100; }), 3);
}

TEST_F(ClipResultsTest, ConfidenceIsHeldAgainstAccuracyInTenBins)
{
    const ClipResults clips = read();
    ASSERT_EQ(clips.confidences.size(), 2U);
    const Confidence& last = clips.confidences[1];  // four right at 0.9, one wrong at 0.5
    EXPECT_EQ(last.repeats, 1);
    EXPECT_EQ(last.clips, 5);
    EXPECT_NEAR(last.accuracy, 0.8, 1e-6);
    EXPECT_NEAR(last.confidence, 4.1 / 5, 1e-6);
    EXPECT_NEAR(last.calibration_error, (4 * 0.1 + 0.5) / 5, 1e-6);
    const std::string text =
        render(confidence_table(read_summary(store_, "", store::Weights::last), clips, true), Format::text);
    EXPECT_THAT(text, AllOf(HasSubstr("80.00"), HasSubstr("82.00"), HasSubstr("+2.00"), HasSubstr("18.00")));
}

TEST_F(ClipResultsTest, NamesAreMadeHarmless)
{
    const RecordingNames names{{0, "=cmd|<script>alert(1)</script>\\input{x}.wav"}};
    const Table people = recordings_table(read(), classes_, names, true),
                programs = recordings_table(read(), classes_, names, false);
    EXPECT_THAT(to_html(people, "hardest"), AllOf(HasSubstr("&lt;script&gt;"), Not(HasSubstr("<script")),
                                                  HasSubstr("recording 1"), HasSubstr("3 of 3")));
    EXPECT_THAT(to_latex(people, "recordings"), Not(HasSubstr("\\input{")));
    EXPECT_THAT(to_csv(programs), HasSubstr("'=cmd"));
    EXPECT_THAT(people.notes, testing::Contains(HasSubstr("could not be read")));
}

TEST_F(ClipResultsTest, ATrialThatKeptNoPredictionsIsLeftOutAndThatIsSaid)
{
    store_.commit(lifelike_result(sweep_.trials[4]));
    const ClipResults clips = read();
    EXPECT_EQ(clips.trials, 3);
    EXPECT_EQ(clips.done, 4);
    EXPECT_THAT(confidence_table(read_summary(store_, "", store::Weights::last), clips, true).notes,
                testing::Contains(HasSubstr("Of 3 of the 4 trials done")));
}

TEST_F(ClipResultsTest, ATrialWhosePredictionsCannotBeReadIsNamedAndTheOthersStay)
{
    store_.connection().database().exec("UPDATE predictions SET last = x'00' WHERE attempt_id = (SELECT "
                                        "done_attempt_id FROM trials WHERE trial_id = '" +
                                        sweep_.trials[1].id + "')");
    const ClipResults clips = read();
    EXPECT_EQ(clips.trials, 2);
    EXPECT_EQ(clips.unreadable, std::vector<std::string>{sweep_.trials[1].id});
    const auto named = testing::Contains(AllOf(HasSubstr("Of 2 of the 3 trials done"),
                                               HasSubstr("of trial " + sweep_.trials[1].id + " cannot be read")));
    EXPECT_THAT(recordings_table(clips, classes_, {}, true).notes, named);
    EXPECT_THAT(confidence_table(read_summary(store_, "", store::Weights::last), clips, true).notes, named);
    EXPECT_THAT(unreadable_in_words({{}, {}, 0, 7, {"a", "b", "c", "d", "e", "f", "g"}}),
                HasSubstr("of trials a, b, c, d, e and 2 more cannot"));
}

}  // namespace
}  // namespace attnsweep::reports
