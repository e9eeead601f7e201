#include "scheduler/trial_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

std::vector<std::size_t> order_of(const TrialQueue& queue)
{
    std::vector<std::size_t> order;
    for (const TrialQueue::Entry& entry : queue) {
        order.push_back(entry.trial);
    }
    return order;
}

TrialQueue queue_of(const std::vector<double>& expected)
{
    TrialQueue queue;
    for (const double each : expected) {
        queue.add(each);
    }
    return queue;
}

TEST(TrialQueue, TheLongestFirstThenTheLowestNumber)
{
    EXPECT_THAT(order_of(queue_of({2, 7, 3, 7})), ElementsAre(1, 3, 2, 0));
}

TEST(TrialQueue, FailuresOfThisRunComeBeforeTheExpectedDuration)
{
    TrialQueue queue = queue_of({9, 1, 5});
    queue.remove(std::size_t{0});
    queue.count_failure(0);
    EXPECT_THAT(order_of(queue), ElementsAre(2, 1)) << "counted while it runs, it does not wait yet";
    queue.enqueue(0);
    EXPECT_THAT(order_of(queue), ElementsAre(2, 1, 0));
    queue.count_failure(2);
    queue.count_failure(2);
    EXPECT_THAT(order_of(queue), ElementsAre(1, 0, 2)) << "moved while it waits";
}

TEST(TrialQueue, WhatIsBegunStartsFirstTheShortestOfItAheadOfTheOthers)
{
    TrialQueue queue;
    queue.add(9);
    queue.add(5, true);
    queue.add(2, true);
    queue.add(7);
    queue.add(2, true);
    EXPECT_THAT(order_of(queue), ElementsAre(2, 4, 1, 0, 3));
    queue.begin_trial(3);
    EXPECT_THAT(order_of(queue), ElementsAre(2, 4, 1, 3, 0));
    queue.count_failure(2);
    EXPECT_THAT(order_of(queue), ElementsAre(4, 1, 3, 0, 2)) << "a failure weighs more";
}

TEST(TrialQueue, AnotherExpectationMovesATrialOnceAndLetsNoneWaitThatRuns)
{
    TrialQueue queue = queue_of({3, 2, 1});
    queue.remove(std::size_t{1});
    queue.change_expected(2, 9);
    queue.change_expected(1, 5);
    EXPECT_THAT(order_of(queue), ElementsAre(2, 0));
    queue.enqueue(1);
    queue.enqueue(1);
    EXPECT_THAT(order_of(queue), ElementsAre(2, 1, 0));
    EXPECT_EQ(queue.size(), 3u);
}

TEST(TrialQueue, RemovingInPassingGoesOnWithTheNext)
{
    TrialQueue queue = queue_of({3, 2, 1});
    const auto next = queue.remove(std::next(queue.begin()));
    EXPECT_EQ(next->trial, 2u);
    EXPECT_THAT(order_of(queue), ElementsAre(0, 2));
    queue.remove(std::size_t{1});
    EXPECT_EQ(queue.size(), 2u) << "it did not wait";
}

}  // namespace
}  // namespace attnsweep::scheduler
