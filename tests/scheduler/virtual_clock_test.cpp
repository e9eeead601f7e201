#include "scheduler/virtual_clock.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"
#include "scheduler/error.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

TEST(VirtualClock, WhatIsPlannedHappensInTheOrderOfTimeAndThenOfPlanning)
{
    std::vector<std::string> happened;
    VirtualClock clock({planned("a")}, {}, [](const Action&) {});
    const auto note = [&](const std::string& what) {
        return [&happened, &clock, what] { happened.push_back(what + " at " + std::to_string(int(clock.now_s()))); };
    };
    clock.plan(7, note("late"));
    clock.plan(3, note("first"));
    clock.plan(3, [&, second = note("second")] {
        second();
        clock.plan(3, note("third"));
    });
    clock.plan(9, [&] { clock.tell(DrainRequested{"over"}); });
    clock.plan(11, note("never"));
    clock.run();
    EXPECT_THAT(happened, ElementsAre("first at 3", "second at 3", "third at 3", "late at 7"));
    EXPECT_EQ(clock.now_s(), 9);
    EXPECT_EQ(clock.told(), 1);
}

TEST(VirtualClock, ActionsAreActedOnAndASweepEndsWithItsLastTrial)
{
    std::optional<Finished> finished;
    std::vector<double> started_s;
    VirtualClock* driver = nullptr;
    VirtualClock clock({planned("a", 2), planned("b", 1)}, {}, [&](const Action& action) {
        if (const auto* assign = std::get_if<Assign>(&action)) {
            started_s.push_back(driver->now_s());
            driver->plan(driver->now_s() + 5, [driver, trial = assign->assignment.trials.front()] {
                driver->tell(TrialEnded{trial, 1, Ending::done, {}});
                driver->tell(Committed{trial, 1});
            });
        } else if (const auto* end = std::get_if<Finished>(&action)) {
            finished = *end;
        }
    });
    driver = &clock;
    clock.tell(RankJoined{0, "n", 1, 0, {}});
    clock.run();
    EXPECT_THAT(started_s, ElementsAre(0, 5));
    EXPECT_EQ(clock.now_s(), 10);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->done, 2);
}

TEST(VirtualClock, TheSchedulerGetsATickWhereNothingHappensBefore)
{
    SchedulerSettings settings;
    settings.ends_at_s = 100;
    settings.drain_s = 40;
    std::optional<double> drained_s;
    VirtualClock* driver = nullptr;
    VirtualClock clock({planned("a")}, settings, [&](const Action& action) {
        if (std::holds_alternative<DrainTrials>(action)) {
            drained_s = driver->now_s();
            driver->plan(driver->now_s() + 1, [driver] { driver->tell(TrialEnded{"a", 1, Ending::drained, {}}); });
        }
    });
    driver = &clock;
    clock.tell(RankJoined{0, "n", 1, 0, {}});
    clock.plan(1000, [] { FAIL() << "the sweep had ended"; });
    clock.run();
    EXPECT_EQ(drained_s, 60);
    EXPECT_EQ(clock.now_s(), 61);
    EXPECT_EQ(clock.told(), 3) << "joined, a tick, drained";
}

TEST(VirtualClock, ASweepThatMakesNoProgressIsAnError)
{
    VirtualClock clock({planned("a")}, {}, [](const Action&) {});
    EXPECT_THROW(clock.run(), Error);
}

}  // namespace
}  // namespace attnsweep::scheduler
