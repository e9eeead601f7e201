#include <random>

#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

TEST(SchedulerLarge, ThousandSlotsAndManyTrials)
{
    std::vector<PlannedTrial> trials;
    trials.reserve(20000);
    for (int i = 0; i < 20000; ++i) {
        trials.push_back(planned("t" + std::to_string(i), i % 97));
    }
    Scheduler scheduler(trials);
    std::vector<Assign> running;
    int committed = 0;
    const auto take = [&](const std::vector<Action>& actions) {
        for (const Action& action : actions) {
            if (const auto* assign = std::get_if<Assign>(&action)) {
                running.push_back(*assign);
            }
        }
    };
    for (int rank = 0; rank < 250; ++rank) {
        take(scheduler.handle({0, RankJoined{rank, "n" + std::to_string(rank), 4, 0, {}}}));
    }
    EXPECT_EQ(running.size(), 1000u);
    std::mt19937 random(7);
    while (!running.empty()) {
        std::swap(running[random() % running.size()], running.back());
        const Assign assign = running.back();
        running.pop_back();
        take(scheduler.handle({0, TrialEnded{assign.assignment.trials[0], 1, Ending::done, {}}}));
        take(scheduler.handle({0, Committed{assign.assignment.trials[0], 1}}));
        ++committed;
    }
    EXPECT_EQ(committed, 20000);
    EXPECT_TRUE(scheduler.finished());
}

}  // namespace
}  // namespace attnsweep::scheduler
