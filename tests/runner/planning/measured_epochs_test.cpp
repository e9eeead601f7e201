#include "runner/planning/measured_epochs.h"

#include <gtest/gtest.h>

#include "runner/planning/trial_timing.h"

namespace attnsweep::runner {
namespace {

TEST(MeasuredEpochs, TellsWhatDiffersFromWhatWasPlanned)
{
    MeasuredEpochs epochs(600);
    epochs.plan("a", 10);
    EXPECT_FALSE(epochs.measured("a", 10.5)) << "as good as planned";
    const auto changed = epochs.measured("a", 19.5);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->configuration, "a");
    EXPECT_DOUBLE_EQ(changed->factor, 1.5) << "of the mean, 15 s";
    EXPECT_DOUBLE_EQ(changed->first_checkpoint_s, 15);
    EXPECT_FALSE(epochs.measured("a", 16)) << "known already";
    EXPECT_FALSE(epochs.measured("nobody's", 16));
    EXPECT_FALSE(epochs.measured("a", 0)) << "no time at all";
}

TEST(MeasuredEpochs, TheNextCheckpointIsTheIntervalsOrTheEpochs)
{
    EXPECT_EQ(first_checkpoint_s(600, 30), 30);
    EXPECT_EQ(first_checkpoint_s(600, 3000), 600);
}

}  // namespace
}  // namespace attnsweep::runner
