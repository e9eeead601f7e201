#include "runner/node/node.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/error.h"
#include "runner/node/gpus.h"
#include "runner/node/slots.h"

namespace attnsweep::runner {
namespace {

Node node_of(int cores)
{
    Node node{"n", {}, cores};
    for (int core = 0; core < cores; ++core) {
        node.cores.push_back(core + 10);
    }
    return node;
}

TEST(Node, SlotsAreSharesOfTheCores)
{
    EXPECT_EQ(slots_of(node_of(8), "cpu", 1, 0).count, 8);
    EXPECT_EQ(slots_of(node_of(8), "cpu", 3, 0).count, 2);
    EXPECT_EQ(slots_of(node_of(2), "cpu", 4, 0).count, 1) << "one at least";
    EXPECT_EQ(slots_of(node_of(2), "cpu", 1, 5).count, 5) << "as asked";
    EXPECT_EQ(slots_of(node_of(8), "cpu", 1, 0).devices(), 1) << "the cores are one device";
    EXPECT_GT(slots_of(node_of(8), "cpu", 1, 0).host_bytes, 0);
    EXPECT_EQ(slots_of(node_of(8), "cpu", 1, 4).host_bytes, 0) << "who says how many is not bounded by memory";
    EXPECT_EQ(slots_of(node_of(8), "cpu", 1, 0, 4).count, 8) << "slots_per_device is for GPUs";
}

TEST(Node, SlotsHaveDisjointCores)
{
    const Node node = node_of(8);
    const Slots slots = slots_of(node, "cpu", 2, 0);
    std::set<int> seen;
    for (int slot = 0; slot < slots.count; ++slot) {
        for (const int core : slots.cores_of(slot, node)) {
            EXPECT_TRUE(seen.insert(core).second) << "core " << core << " twice";
        }
    }
    EXPECT_EQ(seen.size(), 8u);
}

TEST(Node, UnderAQuotaTrialsAreUnbound)
{
    const Node node{"n", {}, 3};
    const Slots slots = slots_of(node, "cpu", 1, 0);
    EXPECT_EQ(slots.count, 3);
    EXPECT_THAT(slots.cores_of(1, node), testing::IsEmpty());
}

TEST(Node, AGpuThatIsNotThereIsSaid)
{
    if (!visible_gpus().empty()) {
        GTEST_SKIP() << "a GPU is here";
    }
    EXPECT_TRUE(slots_of(node_of(2), "auto", 1, 0).gpus.empty());
    try {
        slots_of(node_of(2), "cuda", 1, 0);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), exit_no_device);
        EXPECT_THAT(error.what(), testing::HasSubstr("NVML"));
    }
}

TEST(Node, VirtualNodesShareTheMachine)
{
    ::setenv("ATTNSWEEP_VIRTUAL_NODE", "2", 1);
    Launch launch;
    launch.size = 4;
    launch.rank = 1;
    const Node first = this_node(launch);
    launch.rank = 2;
    const Node second = this_node(launch);
    ::unsetenv("ATTNSWEEP_VIRTUAL_NODE");
    EXPECT_TRUE(first.name.ends_with("#0"));
    EXPECT_TRUE(second.name.ends_with("#1"));
    const Node whole = this_node({});
    EXPECT_EQ(first.usable_cores, std::max(1, whole.usable_cores / 2));
    EXPECT_TRUE(whole.cores.size() < 2 || first.cores != second.cores);
}

}  // namespace
}  // namespace attnsweep::runner
