#include "scheduler/live_ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LiveRanks, ARankJoinsOnceAndIsLostOnce)
{
    LiveRanks ranks;
    EXPECT_TRUE(ranks.join(0, "n"));
    EXPECT_FALSE(ranks.join(0, "another"));
    EXPECT_FALSE(ranks.lose(1)) << "it never joined";
    const auto lost = ranks.lose(0);
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->node, "n");
    EXPECT_FALSE(lost->neighbour);
    EXPECT_TRUE(ranks.empty());
    EXPECT_FALSE(ranks.lose(0));
    EXPECT_TRUE(ranks.join(0, "n")) << "again";
}

TEST(LiveRanks, ALostRankLeavesItsTrialsAndANeighbourOfItsNode)
{
    LiveRanks ranks;
    ranks.join(3, "n");
    ranks.join(4, "n");
    ranks.join(0, "another");
    ranks.begin(3, 7);
    ranks.begin(3, 5);
    ranks.begin(3, 6);
    ranks.end(3, 6);
    ranks.begin(4, 8);
    EXPECT_THAT(ranks.busy(), ElementsAre(3, 4));
    const auto lost = ranks.lose(3);
    ASSERT_TRUE(lost);
    EXPECT_THAT(lost->running, ElementsAre(5, 7));
    EXPECT_EQ(lost->neighbour, 4);
    ranks.end(3, 7);  // changes nothing
    EXPECT_THAT(ranks.busy(), ElementsAre(4));
    ranks.end(4, 8);
    EXPECT_THAT(ranks.busy(), IsEmpty());
}

TEST(LiveRanks, TheIdlestRankOfANodeIsTheLowestOfThoseThatRunTheFewest)
{
    LiveRanks ranks;
    ranks.join(2, "n");
    ranks.join(1, "n");
    ranks.join(0, "another");
    EXPECT_EQ(ranks.idlest("n"), 1);
    ranks.begin(1, 0);
    EXPECT_EQ(ranks.idlest("n"), 2);
    ranks.begin(2, 1);
    EXPECT_EQ(ranks.idlest("n"), 1);
}

}  // namespace
}  // namespace attnsweep::scheduler
