// What the numbers of a comparison mean, and which rule decides.
#include <gtest/gtest.h>

#include "reports/analysis/conclusion.h"

namespace attnsweep::reports {
namespace {

TEST(Conclusions, SayWhichRuleStoppedThem)
{
    const PairedSample wide{{0.567 - 0.088, 0.567, 0.567 + 0.088}, {}}, narrow{{0.49, 0.5, 0.51}, {}}, none{{}, {}},
        single{{0.5}, {}}, zero{{-0.1, 0.1, 0.02}, {}};
    // +56.7, alone 34.8 to 78.6, beside +50.0: the correction stops the one and not the other.
    const std::vector<PairedSample> ten{wide, narrow, none, single, zero, zero, zero, zero, zero, zero};
    const std::vector<Conclusion> concluded = conclude(ten);
    EXPECT_NEAR(concluded[0].difference.interval->low, 0.348, 0.001);
    EXPECT_NEAR(concluded[0].difference.interval->high, 0.786, 0.001);
    EXPECT_EQ(concluded[0].stopped_by, StoppedBy::correction);
    EXPECT_TRUE(concluded[0].corrected->holds(0));
    EXPECT_EQ(concluded[1].stopped_by, StoppedBy::nothing);
    EXPECT_EQ(concluded[2].stopped_by, StoppedBy::no_pairs);
    EXPECT_EQ(concluded[3].stopped_by, StoppedBy::one_pair);
    EXPECT_EQ(concluded[4].stopped_by, StoppedBy::repeats);
    std::vector<PairedSample> hundred(100, zero);
    hundred[0] = wide;
    const Conclusion among_hundred = conclude(hundred)[0];
    EXPECT_EQ(among_hundred.stopped_by, StoppedBy::correction);
    EXPECT_TRUE(among_hundred.corrected->holds(0));
    EXPECT_EQ(conclude({&wide, 1})[0].stopped_by, StoppedBy::nothing) << "tested alone it is different";
    const PairedSample one_recording_apart{{0.5, 0.51, 0.49}, {{10, 9}, {10, -1}, {10, 0}}};
    EXPECT_EQ(conclude({&one_recording_apart, 1})[0].stopped_by, StoppedBy::recordings);
    const PairedSample six{{0.1, 0.2, 0.1, 0.3, 0.1, 0.2}, {}};
    const std::vector<PairedSample> six_twice{six, six};
    EXPECT_EQ(conclude({&six, 1})[0].stopped_by, StoppedBy::nothing);
    EXPECT_EQ(conclude(six_twice)[0].stopped_by, StoppedBy::correction) << "p 0.031 doubled";
}

TEST(Conclusions, TheRepeatsNeededGrowWithTheNumberOfComparisons)
{
    const Summary difference = summarise(std::vector<double>{0.01, 0.02, 0.03});
    EXPECT_EQ(repeats_needed(difference, 0.01, 1), values_needed(0.01, 0.01));
    EXPECT_GT(repeats_needed(difference, 0.01, 10), repeats_needed(difference, 0.01, 1));
    EXPECT_LT(repeats_needed(difference, 0.02, 1), repeats_needed(difference, 0.01, 1));
    EXPECT_EQ(repeats_needed(difference, -0.02, 1), repeats_needed(difference, 0.02, 1));
    EXPECT_EQ(repeats_needed(difference, 0, 1), 0);
    EXPECT_EQ(repeats_needed(summarise(std::vector<double>{0.1}), 0.01, 1), 0) << "no spread is known";
    EXPECT_EQ(repeats_needed(difference, 0.0001, 1), most_repeats_needed);
    // From 6 pairs on the sign-flip test decides, whose p cannot be below 2 / 2^n.
    EXPECT_GE(repeats_needed(difference, 0.014, 1000), 16);
}

}  // namespace
}  // namespace attnsweep::reports
