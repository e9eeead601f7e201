#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/shuffle.h"

namespace attnsweep::tests {
namespace {

std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::uint64_t stream)
{
    std::vector<std::int64_t> items(static_cast<std::size_t>(count));
    std::iota(items.begin(), items.end(), 0);
    data::shuffle(items, seed, stream);
    return items;
}

// Held fixed: another order here makes other trials of the same ids.
TEST(Shuffle, TheOrdersOfTheFirstRelease)
{
    EXPECT_THAT(shuffled(10, 1, 0), ::testing::ElementsAre(2, 1, 8, 9, 6, 7, 3, 5, 0, 4));
    EXPECT_THAT(shuffled(10, 1, 1), ::testing::ElementsAre(4, 6, 2, 3, 7, 9, 0, 8, 5, 1));
    EXPECT_THAT(shuffled(10, 0x100000001, 0), ::testing::ElementsAre(9, 2, 0, 4, 5, 1, 7, 6, 3, 8));
}

TEST(Shuffle, IsAPermutationAndAPureFunction)
{
    std::vector<std::int64_t> items = shuffled(1000, 7, 3);
    EXPECT_EQ(items, shuffled(1000, 7, 3));
    EXPECT_NE(items, shuffled(1000, 7, 4));
    EXPECT_NE(items, shuffled(1000, 8, 3));
    std::sort(items.begin(), items.end());
    for (std::int64_t n = 0; n < 1000; ++n) {
        ASSERT_EQ(items[static_cast<std::size_t>(n)], n);
    }
}

TEST(Shuffle, EachPlaceIsEquallyLikely)
{
    std::vector<int> counts(5, 0);
    for (std::uint64_t seed = 0; seed < 5000; ++seed) {
        ++counts[static_cast<std::size_t>(shuffled(5, seed, 0)[0])];
    }
    for (const int count : counts) {
        EXPECT_NEAR(count, 1000, 120);  // four standard deviations
    }
}

TEST(Shuffle, NothingAndOneAreLeftAlone)
{
    EXPECT_TRUE(shuffled(0, 1, 1).empty());
    EXPECT_THAT(shuffled(1, 1, 1), ::testing::ElementsAre(0));
}

}  // namespace
}  // namespace attnsweep::tests
