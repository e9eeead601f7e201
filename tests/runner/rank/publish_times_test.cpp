#include "runner/rank/publish_times.h"

#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

using namespace std::chrono_literals;
using Time = PublishTimes::Clock::time_point;

constexpr Time at(std::chrono::milliseconds when)
{
    return Time{} + 1h + when;
}

TEST(PublishTimes, NothingChangedIsNeverDue)
{
    EXPECT_FALSE(PublishTimes(10s).due().has_value());
}

TEST(PublishTimes, AResultIsDueAtOnceAnythingElseInAWhileFromTheFirst)
{
    PublishTimes times(10s);
    times.changed(false, at(0s));
    times.changed(false, at(3s));
    EXPECT_EQ(times.due(), at(10s));
    times.changed(true, at(4s));
    EXPECT_EQ(times.due(), at(4s));
    times.published(at(4s), at(4s));
    EXPECT_FALSE(times.due().has_value());
}

TEST(PublishTimes, ItTakesATenthOfTheTimeAtMost)
{
    PublishTimes times(10s);
    times.changed(true, at(0s));
    times.published(at(0s), at(2s));
    times.changed(true, at(3s));
    EXPECT_EQ(times.due(), at(20s));
}

}  // namespace
}  // namespace attnsweep::runner
