// The scheduler on a virtual clock. simulate() itself throws when a trial runs twice at once, after it is done, on a
// taken device, or is lost.
#include <gtest/gtest.h>

#include "scheduler/error.h"
#include "scheduler/paper_trials.h"
#include "scheduler/simulation.h"

namespace attnsweep::scheduler {
namespace {

SimulatedCluster cluster_of(int nodes, double failures = 0, double repair_s = 0)
{
    SimulatedCluster cluster;
    cluster.nodes = nodes;
    cluster.devices_per_node = 4;
    cluster.failures_per_node_day = failures;
    cluster.repair_s = repair_s;
    return cluster;
}

SimulationOutcome outcome_of(const SimulatedCluster& cluster, bool known = true, unsigned seed = 1)
{
    return simulate(paper_trials(300, known, OrderBy::quantile, seed), cluster);
}

TEST(Simulation, NoTrialIsLostOrRunTwiceWithoutFailures)
{
    const SimulationOutcome outcome = outcome_of(cluster_of(4));
    EXPECT_EQ(outcome.done, 300);
    EXPECT_EQ(outcome.attempts, 300);
    EXPECT_EQ(outcome.devices_at_end, 16);
    EXPECT_EQ(outcome.down_s, 0);
}

TEST(Simulation, TheBoundIsNeverBeaten)
{
    for (unsigned seed = 1; seed <= 20; ++seed) {
        for (const bool known : {true, false}) {
            for (const double failures : {0.0, 2.0}) {
                SimulatedCluster cluster = cluster_of(3, failures, 1800);
                cluster.seed = seed;
                const SimulationOutcome outcome = outcome_of(cluster, known, seed);
                EXPECT_GE(outcome.makespan_s, outcome.lower_bound_s) << "seed " << seed;
                EXPECT_EQ(outcome.done, 300) << "seed " << seed;
            }
        }
    }
}

TEST(Simulation, TheBoundIsTheLongestTrialOrTheWorkSpread)
{
    std::vector<SimulatedTrial> trials(3);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        trials[i].planned.id = std::to_string(i);
        trials[i].planned.expected = trials[i].duration_s = 100;
    }
    SimulatedCluster cluster = cluster_of(1);
    EXPECT_DOUBLE_EQ(simulate(trials, cluster).lower_bound_s, 100);
    cluster.devices_per_node = 1;
    const SimulationOutcome one_after_the_other = simulate(trials, cluster);
    EXPECT_DOUBLE_EQ(one_after_the_other.lower_bound_s, 300);
    EXPECT_NEAR(one_after_the_other.makespan_s, 300, 1);
}

TEST(Simulation, FewerTrialsThanDevicesEndEarlierOnSeveralEach)
{
    SimulatedCluster cluster = cluster_of(16);
    const auto thirty = [&](int devices_per_trial, double efficiency) {
        cluster.devices_per_trial = devices_per_trial;
        cluster.speed = DeviceSpeed(efficiency);
        return simulate(paper_trials(30, true, OrderBy::quantile, 1), cluster);
    };
    const SimulationOutcome single = thirty(1, 1), perfect = thirty(0, 1), usual = thirty(0, 0.8),
                            none = thirty(0, 0.5);
    EXPECT_LT(perfect.makespan_s, 0.6 * single.makespan_s);
    EXPECT_LT(usual.makespan_s, 0.8 * single.makespan_s);
    EXPECT_GT(usual.makespan_s, perfect.makespan_s);
    EXPECT_EQ(none.makespan_s, single.makespan_s) << "two devices are as fast as one";
    EXPECT_EQ(single.on_several, 0);
    EXPECT_GT(perfect.on_several, 10);
    EXPECT_EQ(perfect.done, 30);
}

TEST(Simulation, TrialsOnSeveralDevicesSurviveFailuresOfNodes)
{
    for (const int devices_per_trial : {0, 2, 3}) {
        for (unsigned seed = 1; seed <= 10; ++seed) {
            SimulatedCluster cluster = cluster_of(3, 4, 1800);
            cluster.devices_per_trial = devices_per_trial;
            cluster.seed = seed;
            const SimulationOutcome outcome = simulate(paper_trials(40, true, OrderBy::quantile, seed), cluster);
            EXPECT_EQ(outcome.done, 40) << devices_per_trial << " seed " << seed;
            EXPECT_TRUE(devices_per_trial == 0 || outcome.on_several == outcome.attempts);
            EXPECT_TRUE(devices_per_trial == 0 || outcome.makespan_s >= outcome.lower_bound_s);
        }
    }
}

TEST(Simulation, EqualSeedsGiveEqualResults)
{
    const SimulationOutcome a = outcome_of(cluster_of(3, 2, 1800)), b = outcome_of(cluster_of(3, 2, 1800));
    EXPECT_EQ(a.makespan_s, b.makespan_s);
    EXPECT_EQ(a.events, b.events);
    EXPECT_EQ(a.node_failures, b.node_failures);
    SimulatedCluster other = cluster_of(3, 2, 1800);
    other.seed = 2;
    EXPECT_NE(a.makespan_s, outcome_of(other).makespan_s);
}

TEST(Simulation, FailuresCostTimeAndANodeThatComesBackCostsLess)
{
    SimulatedCluster cluster = cluster_of(8, 0.5);
    const SimulationOutcome undisturbed = outcome_of(cluster_of(8)), never_back = outcome_of(cluster);
    cluster.repair_s = 1800;
    const SimulationOutcome back = outcome_of(cluster);
    EXPECT_GT(back.node_failures, 0);
    EXPECT_GT(back.attempts, 300);
    EXPECT_GT(back.lost_s, 0);
    EXPECT_GT(back.makespan_s, undisturbed.makespan_s);
    EXPECT_LT(back.makespan_s, never_back.makespan_s);
    EXPECT_LT(back.down_s, never_back.down_s);
    EXPECT_LT(never_back.devices_at_end, 32);
}

TEST(Simulation, AClusterOfWhichNothingIsLeftIsSaid)
{
    const SimulationOutcome gone = outcome_of(cluster_of(2, 10));
    EXPECT_EQ(gone.devices_at_end, 0);
    EXPECT_EQ(gone.node_failures, 2);
    EXPECT_GT(gone.done, 0);
    EXPECT_LT(gone.done, 300);
    EXPECT_LT(gone.makespan_s, 86400);
    EXPECT_GT(gone.down_s, 0);
    EXPECT_THROW(outcome_of(cluster_of(0)), Error);
}

}  // namespace
}  // namespace attnsweep::scheduler
