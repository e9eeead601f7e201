#include "scheduler/epoch_spread.h"

#include <cmath>

#include <gtest/gtest.h>

#include "scheduler/random_draws.h"

namespace attnsweep::scheduler {
namespace {

TEST(EpochSpread, PatienceAndOneAtLeastThenLognormalUpToTheMost)
{
    const EpochSpread spread;  // median 72, patience 30, at most 400, sigma 0.5
    EXPECT_EQ(spread.draw(0), 72);
    EXPECT_EQ(spread.draw(-100), 31);
    EXPECT_EQ(spread.draw(100), 400);
    EXPECT_EQ(spread.draw(1), std::lround(31 + 41 * std::exp(0.5)));
    EXPECT_EQ((EpochSpread{72, 30, 10, 0.5}.draw(0)), 10) << "fewer epochs than patience";
}

TEST(EpochSpread, QuantilesAreThoseOfTheNormalDistribution)
{
    const EpochSpread spread;
    EXPECT_EQ(spread.quantile(0.01), 44);
    EXPECT_EQ(spread.quantile(0.05), 49);
    EXPECT_EQ(spread.quantile(0.5), 72);
    EXPECT_EQ(spread.quantile(0.95), 124);
    EXPECT_EQ(spread.quantile(0.99), 162);
    EXPECT_NEAR(spread.mean(), 77.4, 0.3);
}

TEST(RandomDraws, HaveTheMomentsOfTheirDistributions)
{
    constexpr int count = 20000;
    std::mt19937_64 random(1);
    double sum = 0, squares = 0, times = 0;
    for (int i = 0; i < count; ++i) {
        const double normal = standard_normal(random);
        sum += normal;
        squares += normal * normal;
        const double time = exponential(random, 3);
        EXPECT_GT(time, 0);
        times += time;
    }
    EXPECT_NEAR(sum / count, 0, 0.03);
    EXPECT_NEAR(squares / count, 1, 0.05);
    EXPECT_NEAR(times / count, 3, 0.1);
}

TEST(RandomDraws, EqualSeedsDrawEqualNumbers)
{
    std::mt19937_64 a(5), b(5);
    EXPECT_EQ(standard_normal(a), standard_normal(b));
    EXPECT_EQ(exponential(a, 2), exponential(b, 2));
}

}  // namespace
}  // namespace attnsweep::scheduler
