// The paper's claims, held against numbers set by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "reports/analysis/claims.h"
#include "store/connection.h"
#include "tests/reports/whole_sweep.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ClaimsTest : public testing::Test {
protected:
    ClaimsTest() { store_.record_sweep(sweep_); }

    /// Every repeat of a configuration right on `right` of 30 clips, one more in each later repeat.
    void done(const std::string& configuration, int right)
    {
        for (const configs::Trial& trial : sweep_.trials) {
            if (trial.configuration == configuration) {
                const int all = right + trial.repeat - 1;
                store_.commit(done_result(trial, {all / 3, (all + 1) / 3, (all + 2) / 3}));
            }
        }
    }
    std::vector<Claim> claims() const
    {
        const store::SweepResults results = store::read_results(store_, "", store::Weights::last);
        return test_claims(store_, summary_of(results), done_trials_of(results), ratio_series(summary_of(results)),
                           store::SplitCounts{"", {}, {}, {10, 10, 10}, 0, 0, 30});
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(ClaimsTest, WhatIsNotDoneCannotBeSaid)
{
    const store::SweepResults results = store::read_results(store_, "", store::Weights::last);
    for (const Claim& claim : test_claims(store_, summary_of(results), done_trials_of(results),
                                          ratio_series(summary_of(results)), std::nullopt)) {
        ASSERT_FALSE(claim.findings.empty()) << claim.words;
        for (const Finding& finding : claim.findings) {
            EXPECT_EQ(finding.verdict, Verdict::open) << finding.words;
            EXPECT_EQ(finding.decisive, "") << finding.words;
        }
    }
}

TEST_F(ClaimsTest, AQuarterIsComparedWithEachOther)
{
    done("stft-r0", 20);
    done("stft-r25", 24);
    done("stft-r50", 23);
    const Finding so_far = claims()[0].findings[0];
    EXPECT_EQ(in_words(so_far), "not separable in the trials done so far") << "six recordings carry nothing";
    EXPECT_THAT(so_far.words, AllOf(HasSubstr("25\u00A0% has 83.33"), HasSubstr("Not done: 75\u00A0%, 100\u00A0%")));
    ASSERT_EQ(so_far.parts.size(), 2U);
    EXPECT_THAT(so_far.parts[0], AllOf(HasSubstr("against 0\u00A0%, 70.00"), HasSubstr("+13.33 points"),
                                       HasSubstr("but not beyond them")));
    EXPECT_THAT(so_far.decisive, AllOf(HasSubstr("against 50\u00A0%, 80.00"), HasSubstr("accuracy +3.33 points (95 %:"),
                                       HasSubstr("3 pairs")))
        << "the lowest of those that cannot be told";
    done("stft-r75", 20);
    done("stft-r100", 25);
    const Finding finding = claims()[0].findings[0];
    EXPECT_TRUE(finding.complete);
    EXPECT_EQ(finding.parts.size(), 4U);
    EXPECT_EQ(finding.configuration, 1U);
}

TEST_F(ClaimsTest, ADifferenceThatRepeatsDoNotShowIsNoFinding)
{
    for (const configs::Trial& trial : sweep_.trials) {
        if (trial.configuration == "cqt-r0") {
            store_.commit(done_result(trial, {7, 7, 6 + trial.repeat}));
        }
        if (trial.configuration == "cqt-r25") {
            store_.commit(done_result(trial, {7, 8, trial.repeat == 1 ? 7 : 9}));
        }
    }
    const Finding finding = claims()[3].findings[0];
    EXPECT_EQ(in_words(finding), "not separable here");
    EXPECT_THAT(finding.words, HasSubstr("CQT: F1_macro"));
    EXPECT_THAT(finding.parts.at(0), AllOf(HasSubstr("25\u00A0%: f1_macro: not separable with 3 repeats"),
                                           HasSubstr("more would show a difference of 1 point")));
}

TEST_F(ClaimsTest, PredictionsThatCannotBeReadLeaveTheRepeatsToSpeak)
{
    done("stft-r0", 20);
    done("stft-r25", 24);
    store_.connection().database().exec("UPDATE predictions SET last = x'00' WHERE attempt_id = (SELECT "
                                        "done_attempt_id FROM trials WHERE trial_id = '" +
                                        sweep_.trials[0].id + "')");
    const Finding finding = claims()[0].findings[0];
    EXPECT_THAT(finding.parts.at(0),
                AllOf(HasSubstr("+13.33"), HasSubstr("No conclusion about other recordings: the predictions of trial " +
                                                     sweep_.trials[0].id + " cannot be read")));
}

/// Without predictions the repeats alone speak.
class ClaimsWithoutClips : public ClaimsTest {
protected:
    void done(const std::string& configuration, int right)
    {
        for (const configs::Trial& trial : sweep_.trials) {
            if (trial.configuration == configuration) {
                const int all = right + trial.repeat - 1;
                configs::TrialResult result = done_result(trial, {all / 3, (all + 1) / 3, (all + 2) / 3});
                result.last.predictions.clear();
                result.test_set.clear();
                store_.commit(result);
            }
        }
    }
};

TEST_F(ClaimsWithoutClips, WhatHoldsInEachRatioHolds)
{
    for (const char* ratio : {"0", "25", "50", "75", "100"}) {
        done("stft-r" + std::string(ratio), 24);
        done("cqt-r" + std::string(ratio), 20);
    }
    Finding finding = claims()[2].findings[0];
    EXPECT_EQ(in_words(finding), "holds here");
    ASSERT_EQ(finding.parts.size(), 5U);
    EXPECT_THAT(finding.parts[0], AllOf(HasSubstr("0\u00A0%, 83.33"), HasSubstr("different, STFT is higher by +13.33"),
                                        HasSubstr("No conclusion about other recordings")));
    EXPECT_THAT(finding.decisive, AllOf(testing::StartsWith("0\u00A0%, 83.33"), HasSubstr("accuracy +13.33 points")));
    finding = claims()[1].findings[0];
    EXPECT_EQ(finding.verdict, Verdict::unclear) << "equal is not better";
}

TEST_F(ClaimsWithoutClips, TheNumberOfComparisonsLeavesOutThoseWithoutPairs)
{
    // 25 % is ahead of 0 % and of 50 % by an interval just beyond 0; of 75 % another repeat is done than of 25 %.
    const auto one = [&](const configs::Trial& trial, const std::vector<int>& right) {
        configs::TrialResult result = done_result(trial, right);
        result.last.predictions.clear();
        result.test_set.clear();
        store_.commit(result);
    };
    for (const configs::Trial& trial : sweep_.trials) {
        if (trial.configuration == "stft-r75" && trial.repeat == 3) {
            one(trial, {5, 5, 5});
        }
        if (trial.repeat == 3) {
            continue;
        }
        if (trial.configuration == "stft-r0" || trial.configuration == "stft-r50") {
            one(trial, {5, 5, 5});
        }
        if (trial.configuration == "stft-r25") {
            one(trial, {8, 8, trial.repeat == 1 ? 8 : 9});
        }
    }
    const Finding finding = claims()[0].findings[0];
    ASSERT_EQ(finding.parts.size(), 3U);
    EXPECT_THAT(finding.parts[0], HasSubstr("corrected for the 2 comparisons made together"));
    EXPECT_THAT(finding.parts[2], HasSubstr("there are no pairs"));
    EXPECT_THAT(finding.decisive, AllOf(HasSubstr("against 75\u00A0%"), HasSubstr("no repeats with equal seeds")));
}

TEST_F(ClaimsWithoutClips, OneTheOtherWayRoundIsEnough)
{
    for (const char* ratio : {"0", "25"}) {
        done("stft-r" + std::string(ratio), 24);
        done("cqt-r" + std::string(ratio), std::string(ratio) == "0" ? 26 : 20);
    }
    const Finding finding = claims()[2].findings[0];
    EXPECT_EQ(in_words(finding), "does not hold in the trials done so far");
    EXPECT_THAT(finding.decisive, AllOf(testing::StartsWith("0\u00A0%, 83.33"), HasSubstr("accuracy -6.67 points")));
}

TEST_F(ClaimsTest, TheMacroColumnsCanTakeNoMoreThanTheWrongClips)
{
    done("stft-r0", 27);
    const Finding finding = claims()[4].findings[0];
    EXPECT_EQ(in_words(finding), "holds here");
    EXPECT_THAT(finding.words, HasSubstr("2.0 of 30 clips are wrong; R_macro implies 0.20 lost"));
}

}  // namespace
}  // namespace attnsweep::reports
