#include "runner/rank/hang_watch.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/node/process_pulse.h"

namespace attnsweep::runner {
namespace {

/// Seconds until `watch` finds a hang, seen in steps of a second by a process that uses `cpu_share` of a core.
double until_hang(HangWatch& watch, double cpu_share, double limit_s = 1e6)
{
    double now_s = 0;
    while (now_s < limit_s) {
        now_s += 1;
        if (watch.hangs(1, [&] { return 100 + cpu_share * now_s; })) {
            return now_s;
        }
    }
    return limit_s;
}

TEST(HangWatch, OneThatDoesNothingHangsAfterTheLimit)
{
    HangWatch watch(600);
    EXPECT_EQ(until_hang(watch, 0), 600);
    EXPECT_TRUE(watch.idle());
}

TEST(HangWatch, ALittleProcessorTimeIsNoLife)
{
    HangWatch watch(600);
    EXPECT_EQ(until_hang(watch, 0.001), 600);
}

TEST(HangWatch, OneThatComputesHasSixTimesAsLong)
{
    HangWatch watch(600);
    EXPECT_EQ(until_hang(watch, 1), 3600);
    EXPECT_FALSE(watch.idle());
}

TEST(HangWatch, ATurnLongerThanTheLimitsWaitsForASecondLook)
{
    HangWatch watch(0.2);
    EXPECT_FALSE(watch.hangs(1.3, [] { return 1.3; })) << "whether it computes is not known yet";
    EXPECT_TRUE(watch.hangs(0.1, [] { return 1.4; }));
    EXPECT_FALSE(watch.idle());
}

TEST(HangWatch, ItsOwnLongestSilenceScalesTheLimit)
{
    HangWatch watch(600);
    watch.hangs(31, [] { return 0.0; });
    watch.heard();
    EXPECT_EQ(watch.limit_s(), 620);
    watch.hangs(100, [] { return 0.0; });
    watch.heard();
    watch.hangs(1, [] { return 0.0; });
    watch.heard();
    EXPECT_EQ(watch.limit_s(), 2000) << "the longest, not the last";
    EXPECT_EQ(until_hang(watch, 0), 2000);
}

TEST(HangWatch, AnEventBeginsItAnew)
{
    HangWatch watch(600);
    EXPECT_FALSE(watch.hangs(599, [] { return 0.0; }));
    watch.heard();
    EXPECT_FALSE(watch.hangs(2, [] { return 0.0; }));
    EXPECT_EQ(watch.silent_s(), 2);
}

TEST(HangWatch, WithoutProcessorTimeToTellSilenceCounts)
{
    HangWatch watch(10);
    double now_s = 0;
    while (!watch.hangs(1, [] { return -1.0; })) {
        now_s += 1;
    }
    EXPECT_EQ(now_s, 9);
}

TEST(HangWatch, ZeroIsNever)
{
    HangWatch watch(0);
    EXPECT_EQ(until_hang(watch, 0, 1e5), 1e5);
}

TEST(Pulse, TellsStateAndProcessorTime)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::raise(SIGSTOP);
        ::_exit(0);
    }
    ::waitpid(child, nullptr, WUNTRACED);
    EXPECT_TRUE(pulse_of(child).stopped());
    EXPECT_GE(pulse_of(child).cpu_s, 0);
    EXPECT_FALSE(pulse_of(::getpid()).stopped());
    ::kill(child, SIGKILL);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    EXPECT_TRUE(pulse_of(child).gone()) << "a zombie";
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(pulse_of(child).gone());
    EXPECT_LT(pulse_of(child).cpu_s, 0);
}

}  // namespace
}  // namespace attnsweep::runner
