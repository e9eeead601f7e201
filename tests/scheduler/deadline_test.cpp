#include "scheduler/deadline.h"

#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

TEST(Deadline, WithoutALimitEverythingIsPermitted)
{
    Deadline deadline(std::numeric_limits<double>::infinity(), 60, 5);
    deadline.add(1e9);
    EXPECT_FALSE(deadline.exists());
    EXPECT_FALSE(deadline.has_come(1e12));
    EXPECT_TRUE(deadline.permits(0, 1e12));
    EXPECT_TRUE(deadline.permits_any(1e12));
}

TEST(Deadline, ATrialIsStartedWhenItReachesACheckpointBeforeAllIsDrained)
{
    Deadline deadline(100, 10, 5);
    deadline.add(20);
    deadline.add(30);
    EXPECT_TRUE(deadline.exists());
    EXPECT_EQ(deadline.drains_at_s(), 90);
    EXPECT_TRUE(deadline.permits(0, 65));
    EXPECT_FALSE(deadline.permits(0, 66));
    EXPECT_FALSE(deadline.permits(1, 65));
    EXPECT_TRUE(deadline.permits_any(65));
    EXPECT_FALSE(deadline.permits_any(66));
    EXPECT_FALSE(deadline.has_come(89));
    EXPECT_TRUE(deadline.has_come(90));
}

TEST(Deadline, WhatIsMeasuredChangesWhatIsPermitted)
{
    Deadline deadline(100, 10, 5);
    deadline.add(20);
    deadline.change(0, 10);
    EXPECT_TRUE(deadline.permits(0, 75));
    EXPECT_TRUE(deadline.permits_any(75));
    deadline.started_after(3);
    EXPECT_TRUE(deadline.permits(0, 75)) << "the longest start counts";
    deadline.started_after(8);
    EXPECT_FALSE(deadline.permits(0, 75));
    deadline.change(0, 50);
    EXPECT_FALSE(deadline.permits(0, 50));
}

}  // namespace
}  // namespace attnsweep::scheduler
