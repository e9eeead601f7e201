#include "runner/attnsweep/plan_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/duration_text.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;

std::vector<ExpectedDuration> lasting(const std::vector<double>& seconds)
{
    std::vector<ExpectedDuration> durations;
    for (const double left_s : seconds) {
        ExpectedDuration duration;
        duration.left_s = left_s;
        duration.left_low_s = left_s / 2;
        duration.left_high_s = left_s * 3;
        duration.epoch_basis = Basis::measured;
        durations.push_back(duration);
    }
    return durations;
}

std::vector<std::size_t> order_of(const Course& course)
{
    std::vector<std::size_t> order;
    for (const Start& start : course.starts)
        order.push_back(start.trial);
    return order;
}

TEST(PlanOrder, LongestFirstOnTheSlotThatIsFreeFirst)
{
    const Course course = course_of(std::vector<Standing>(5), lasting({2, 7, 3, 7, 5}), 2);
    EXPECT_THAT(order_of(course), ElementsAre(1, 3, 4, 2, 0));
    EXPECT_EQ(course.starts[2].after_s, 7);
    EXPECT_EQ(course.starts[4].after_s, 10);
    EXPECT_EQ(course.makespan_s, 12);
    EXPECT_EQ(course.makespan_low_s, 6);
    EXPECT_EQ(course.makespan_high_s, 36);
    EXPECT_EQ(course.lower_bound_s, 12);
    EXPECT_TRUE(course.is_measured);
}

TEST(PlanOrder, NoOrderIsFasterThanTheLongestTrial)
{
    const Course course = course_of(std::vector<Standing>(3), lasting({2, 9, 3}), 8);
    EXPECT_EQ(course.lower_bound_s, 9);
    EXPECT_EQ(course.makespan_s, 9);
}

TEST(PlanOrder, WhatRunsHasItsSlotAndWhatIsDoneTakesNone)
{
    std::vector<Standing> standings(4);
    standings[0].stand = Stand::done;
    standings[1].stand = Stand::set_aside;
    standings[3].stand = Stand::running;
    const Course course = course_of(standings, lasting({100, 100, 9, 1}), 1);
    EXPECT_THAT(order_of(course), ElementsAre(3, 2));
    EXPECT_EQ(course.makespan_s, 10);
    standings[2].stand = standings[3].stand = Stand::waits;
    EXPECT_EQ(course_of(standings, lasting({1, 1, 1, 1}), 1).makespan_s, 0);
}

TEST(DurationText, DaysAfterTwo)
{
    EXPECT_EQ(duration_text(47 * 3600.), "47 h 00 min");
    EXPECT_EQ(duration_text(103 * 3600.), "4 d 07 h");
}

}  // namespace
}  // namespace attnsweep::runner
