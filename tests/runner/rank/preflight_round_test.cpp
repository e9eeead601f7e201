#include "runner/rank/preflight_round.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;

TEST(PreflightRound, OneRankOfEachNodeLooks)
{
    PreflightRound round(3, 100);
    EXPECT_FALSE(round.complete());
    EXPECT_TRUE(round.hello(0, "a", {}, 100, 100));
    EXPECT_FALSE(round.hello(1, "a", {}, 100, 100));
    EXPECT_TRUE(round.hello(2, "b", {}, 200, 100));
    EXPECT_FALSE(round.complete());
    round.inspected(0, {}, {});
    round.inspected(2, {}, {});
    EXPECT_TRUE(round.complete());
    const auto nodes = round.nodes();
    ASSERT_EQ(nodes.size(), 2u);
    EXPECT_EQ(nodes[0].report.node, "a");
    EXPECT_THAT(nodes[0].ranks, ElementsAre(0, 1));
    EXPECT_EQ(nodes[0].report.bad(), nullptr);
    ASSERT_NE(nodes[1].report.bad(), nullptr) << "its clock";
    EXPECT_EQ(nodes[1].report.bad()->subject, "clock");
}

TEST(PreflightRound, ARankWithoutGpusOnAHostWithSomeIsLeftOut)
{
    PreflightRound round(3, 0);
    round.hello(0, "a", {"GPU-1"}, 0, 0);
    round.hello(1, "a", {}, 0, 0);
    round.hello(2, "b", {}, 0, 0);
    round.inspected(0, {}, {{"GPU-1"}});
    round.inspected(1, {}, {});
    round.inspected(2, {}, {});
    for (const auto& node : round.nodes()) {
        EXPECT_EQ(node.left_out.empty(), node.ranks.front() != 1) << node.report.node;
        EXPECT_EQ(node.parts, 1) << "those that are left out take no share";
    }
}

TEST(PreflightRound, ALostRankIsReplacedOrNotWaitedFor)
{
    PreflightRound round(4, 0);
    round.hello(1, "a", {}, 0, 0);
    round.hello(2, "a", {}, 0, 0);
    round.hello(3, "b", {}, 0, 0);
    EXPECT_EQ(round.lost(1), 2);
    EXPECT_EQ(round.lost(3), std::nullopt);
    EXPECT_EQ(round.lost(0), std::nullopt) << "one that never spoke";
    round.inspected(2, {}, {});
    EXPECT_TRUE(round.complete());
    EXPECT_EQ(round.nodes().size(), 1u);
}

TEST(PreflightRound, OneThatDoesNotAnswerIsBad)
{
    PreflightRound round(2, 0);
    round.hello(0, "a", {}, 0, 0);
    round.give_up(120);
    ASSERT_TRUE(round.complete());
    for (const auto& node : round.nodes()) {
        EXPECT_NE(node.report.bad(), nullptr) << node.report.node;
    }
    EXPECT_EQ(round.nodes().size(), 2u);
}

TEST(PreflightRound, RanksOfAHostThatSeeDifferentGpusArePartsOfIt)
{
    PreflightRound round(5, 0);
    EXPECT_TRUE(round.hello(0, "a", {"GPU-1"}, 0, 0));
    EXPECT_TRUE(round.hello(1, "a", {"GPU-2", "GPU-3"}, 0, 0)) << "what rank 0 cannot see";
    EXPECT_FALSE(round.hello(2, "a", {"GPU-3", "GPU-2"}, 0, 0)) << "the same in another order";
    EXPECT_TRUE(round.hello(3, "b", {"GPU-9"}, 0, 0));
    EXPECT_TRUE(round.hello(4, "a", {"GPU-3"}, 0, 0));
    round.inspected(0, {}, {{"GPU-1"}});
    round.inspected(1, {}, {{"GPU-2"}, {"GPU-3"}});
    round.inspected(3, {}, {{"GPU-9"}});
    round.inspected(4, {}, {{"GPU-3"}});
    ASSERT_TRUE(round.complete());
    const auto nodes = round.nodes();
    ASSERT_EQ(nodes.size(), 4u);
    for (int part = 0; part < 2; ++part) {
        const auto& node = nodes[static_cast<std::size_t>(part)];
        EXPECT_EQ(node.report.node, "a/" + std::to_string(part + 1));
        EXPECT_EQ(node.part, part);
        EXPECT_EQ(node.parts, 2);
        EXPECT_EQ(node.left_out, "");
    }
    EXPECT_THAT(nodes[1].ranks, ElementsAre(1, 2));
    ASSERT_EQ(nodes[1].report.gpus.size(), 2u);
    EXPECT_THAT(nodes[2].report.gpus, testing::IsEmpty()) << "a GPU is of one node alone";
    EXPECT_EQ(nodes[2].left_out, "other ranks of its host use the GPUs that it sees");
    EXPECT_EQ(nodes[3].report.node, "b");
    EXPECT_EQ(nodes[3].parts, 1);
    EXPECT_EQ(round.lost(1), std::nullopt) << "it has answered";
}

}  // namespace
}  // namespace attnsweep::runner
