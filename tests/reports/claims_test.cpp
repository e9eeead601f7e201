// The paper's claims, held against numbers set by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/claims.h"
#include "synthetic_sweep.h"
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
        const SweepResults results = read_results(store_, "", Weights::last);
        return test_claims(results, ratio_series(results), SplitCounts{"", {}, {}, {10, 10, 10}, 0, 0, 30});
    }

    tests::TemporaryFolder folder_;
    Store store_ = Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(ClaimsTest, WhatIsNotDoneCannotBeSaid)
{
    for (const Claim& claim : test_claims(read_results(store_, "", Weights::last),
                                          ratio_series(read_results(store_, "", Weights::last)), std::nullopt)) {
        ASSERT_FALSE(claim.findings.empty()) << claim.words;
        for (const Finding& finding : claim.findings)
            EXPECT_EQ(finding.verdict, Verdict::open) << finding.words;
    }
}

TEST_F(ClaimsTest, AQuarterIsComparedWithTheBestOther)
{
    done("stft-r0", 20);
    done("stft-r25", 24);
    done("stft-r50", 23);
    const Finding so_far = claims()[0].findings[0];
    EXPECT_EQ(so_far.verdict, Verdict::holds_yet);
    EXPECT_THAT(so_far.words, AllOf(HasSubstr("the best other, 50\u00A0%, has 80.00"), HasSubstr("+3.33\u00A0points"),
                                    HasSubstr("Not done: 75\u00A0%, 100\u00A0%")));
    done("stft-r75", 20);
    done("stft-r100", 25);
    const Finding finding = claims()[0].findings[0];
    EXPECT_EQ(finding.verdict, Verdict::fails);
    EXPECT_THAT(finding.words, HasSubstr("100\u00A0%"));
    EXPECT_EQ(finding.configuration, 1U);
}

TEST_F(ClaimsTest, PairsOfEqualSeedsSayWhetherADifferenceIsSeparable)
{
    done("stft-r0", 20);
    done("stft-r25", 24);  // four clips more in each repeat: no spread at all
    EXPECT_THAT(claims()[0].findings[0].words,
                HasSubstr("paired by seed +13.33 to +13.33 (95\u00A0% t-interval, n\u00A03): separable"));
}

TEST_F(ClaimsTest, TheInputsAreComparedRatioByRatio)
{
    for (const char* ratio : {"0", "25", "50", "75", "100"}) {
        done("stft-r" + std::string(ratio), 24);
        done("cqt-r" + std::string(ratio), std::string(ratio) == "0" ? 25 : 20);
    }
    const Finding finding = claims()[2].findings[0];
    EXPECT_EQ(finding.verdict, Verdict::fails);
    ASSERT_EQ(finding.parts.size(), 5U);
    EXPECT_THAT(finding.parts[0], HasSubstr("0\u00A0% -3.33\u00A0points"));
    EXPECT_THAT(finding.parts[1], HasSubstr("25\u00A0% +13.33\u00A0points"));
    EXPECT_EQ(claims()[1].findings[0].verdict, Verdict::fails) << "equal is not better";
    EXPECT_EQ(claims()[3].findings[0].verdict, Verdict::fails);
    EXPECT_THAT(claims()[3].findings[0].words, HasSubstr("CQT: F1_macro"));
}

TEST_F(ClaimsTest, TheMacroColumnsCanTakeNoMoreThanTheWrongClips)
{
    done("stft-r0", 27);
    const Finding finding = claims()[4].findings[0];
    EXPECT_EQ(finding.verdict, Verdict::holds);
    EXPECT_THAT(finding.words, HasSubstr("2.0 of 30 clips are wrong; R_macro implies 0.20 lost"));
}

}  // namespace
}  // namespace attnsweep::reports
