#include "scheduler/paper_trials.h"

#include <set>

#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

TEST(PaperTrials, TenConfigurationsMixedWithIdsOfTheirOwn)
{
    std::set<std::string> ids, configurations;
    for (const SimulatedTrial& trial : paper_trials(100, true, OrderBy::quantile, 1)) {
        ids.insert(trial.planned.id);
        configurations.insert(trial.planned.configuration);
        EXPECT_EQ(trial.planned.expected, trial.duration_s) << "known beforehand";
    }
    EXPECT_EQ(ids.size(), 100u);
    EXPECT_EQ(configurations.size(), 10u);
}

TEST(PaperTrials, AnUnknownDurationIsExpectedByItsConfigurationAlone)
{
    const auto longest = paper_trials(20, false, OrderBy::longest, 1), mean = paper_trials(20, false, OrderBy::mean, 1);
    std::set<double> durations_s;
    for (const SimulatedTrial& trial : mean) {
        durations_s.insert(trial.duration_s);
    }
    EXPECT_GT(durations_s.size(), 10u) << "trials of one configuration differ";
    for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(mean[i].planned.expected, mean[i + 10].planned.expected);
        EXPECT_LT(mean[i].planned.expected, longest[i].planned.expected);
        EXPECT_EQ(mean[i].duration_s, longest[i].duration_s) << "the seed alone decides";
    }
}

}  // namespace
}  // namespace attnsweep::scheduler
