#include "runner/rank/heartbeat_timeout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// too_long() once a second, as the loop calls it.
std::vector<int> silent_until(HeartbeatTimeout& silence, int from_s, int to_s)
{
    std::vector<int> all;
    for (int now_s = from_s; now_s <= to_s; ++now_s) {
        for (const int peer : silence.too_long(now_s)) {
            all.push_back(peer);
        }
    }
    return all;
}

TEST(HeartbeatTimeout, OneThatIsNotHeardIsToldOnce)
{
    HeartbeatTimeout silence(10);
    silence.heard(1, 0);
    silence.heard(2, 0);
    EXPECT_THAT(silent_until(silence, 0, 9), IsEmpty());
    silence.heard(2, 9);
    EXPECT_THAT(silent_until(silence, 10, 18), ElementsAre(1));
    EXPECT_THAT(silent_until(silence, 19, 40), ElementsAre(2));
}

TEST(HeartbeatTimeout, OneForgottenIsNotListenedFor)
{
    HeartbeatTimeout silence(10);
    silence.heard(1, 0);
    silence.forget(1);
    EXPECT_FALSE(silence.listens_for(1));
    EXPECT_THAT(silent_until(silence, 0, 40), IsEmpty());
}

TEST(HeartbeatTimeout, ThePauseOfTheListenerIsNoSilenceOfTheOthers)
{
    HeartbeatTimeout silence(10);
    silence.heard(1, 0);
    EXPECT_THAT(silent_until(silence, 0, 5), IsEmpty());
    EXPECT_THAT(silent_until(silence, 500, 505), IsEmpty());  // it was stopped meanwhile, and so perhaps was rank 1
    EXPECT_THAT(silent_until(silence, 506, 511), ElementsAre(1));
}

TEST(HeartbeatTimeout, WithoutATimeoutNobodyIsTooSilent)
{
    HeartbeatTimeout silence(0);
    silence.heard(1, 0);
    EXPECT_THAT(silent_until(silence, 0, 40), IsEmpty());
}

}  // namespace
}  // namespace attnsweep::runner
