#include "runner/node/node.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/node/gpus.h"
#include "runner/node/slots.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
    EXPECT_EQ(slots_of(node_of(8), "cpu", {}, 1, 0).count, 8);
    EXPECT_EQ(slots_of(node_of(8), "cpu", {}, 3, 0).count, 2);
    EXPECT_EQ(slots_of(node_of(2), "cpu", {}, 4, 0).count, 1) << "one at least";
    EXPECT_EQ(slots_of(node_of(2), "cpu", {}, 1, 5).count, 5) << "as asked";
    EXPECT_THAT(slots_of(node_of(2), "cpu", {}, 1, 5).description, HasSubstr("but only 2 can be used"));
    EXPECT_THAT(slots_of(node_of(8), "cpu", {}, 2, 0).description, Not(HasSubstr("can be used")));
    EXPECT_EQ(slots_of(node_of(2), "cpu", {}, 99, 0).count, 1) << "plan is for other machines, too";
    refuse_too_many_threads(node_of(2), 64);
    refuse_too_many_threads(node_of(100), 400);
    for (const auto& [cores, threads] : {std::pair(2, 65), std::pair(100, 401)}) {
        try {
            refuse_too_many_threads(node_of(cores), threads);
            FAIL() << threads;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), AllOf(HasSubstr("execution.threads = " + std::to_string(threads)),
                                            HasSubstr("expected at most " + std::to_string(threads - 1))));
            EXPECT_EQ(exit_code_of(error), exit_usage);
        }
    }
    EXPECT_EQ(slots_of(node_of(8), "cpu", {}, 1, 0).devices(), 1) << "the cores are one device";
    EXPECT_GT(slots_of(node_of(8), "cpu", {}, 1, 0).host_bytes, 0);
    EXPECT_EQ(slots_of(node_of(8), "cpu", {}, 1, 4).host_bytes, 0) << "who says how many is not bounded by memory";
    EXPECT_EQ(slots_of(node_of(8), "cpu", {}, 1, 0, 4).count, 8) << "slots_per_device is for GPUs";
}

TEST(Node, SlotsHaveDisjointCores)
{
    const Node node = node_of(8);
    const Slots slots = slots_of(node, "cpu", {}, 2, 0);
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
    const Slots slots = slots_of(node, "cpu", {}, 1, 0);
    EXPECT_EQ(slots.count, 3);
    EXPECT_THAT(slots.cores_of(1, node), testing::IsEmpty());
}

TEST(Node, AGpuThatIsNotThereIsSaid)
{
    EXPECT_TRUE(slots_of(node_of(2), "auto", {}, 1, 0).gpus.empty());
    for (const char* device : {"cuda", "cuda:1"}) {
        try {
            slots_of(node_of(2), device,
                     device == std::string("cuda") ? std::vector<Gpu>{} : std::vector<Gpu>{{"GPU-a"}}, 1, 0);
            FAIL() << "no error";
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), exit_no_device);
            EXPECT_THAT(error.what(), testing::HasSubstr("NVML"));
        }
    }
    EXPECT_EQ(slots_of(node_of(2), "cuda:1", {{"GPU-b", {}, 0, {}, 1}, {"GPU-c", {}, 0, {}, 2}}, 1, 0).gpus.at(0).uuid,
              "GPU-b")
        << "whatever is left out before it";
}

TEST(Node, ATrialRunsOnTheCoresNearItsGpu)
{
    // Cores 10 to 17; GPUs a and c near the last four, b near none of them.
    const std::vector<Gpu> gpus = {
        {"GPU-a", "", 8, {14, 15, 16, 17}}, {"GPU-b", "", 8, {90}}, {"GPU-c", "", 8, {14, 15, 16, 17}}};
    const Node node = node_of(8);
    const Slots slots = slots_of(node, "cuda", gpus, 1, 0);
    ASSERT_EQ(slots.count, 3);
    EXPECT_THAT(slots.cores_of(0, node), testing::ElementsAre(14, 15));
    EXPECT_THAT(slots.cores_of(2, node), testing::ElementsAre(16, 17));
    EXPECT_EQ(slots.cores_of(1, node).size(), 8u) << "any";
    const Node unbound{"n", {}, 3};
    EXPECT_THAT(slots.cores_of(0, unbound), testing::IsEmpty());
}

TEST(Node, EachGpusFreeMemoryIsItsOwn)
{
    const Slots slots = slots_of(node_of(8), "cuda", {{"GPU-a", "", 2000}, {"GPU-b", "", 8000}}, 1, 0, 2);
    EXPECT_EQ(slots.count, 4);
    EXPECT_THAT(slots.bytes_of_devices, testing::ElementsAre(1900, 7600));
    EXPECT_EQ(slots.device_bytes(), 1900);
    const Slots unknown = slots_of(node_of(8), "cuda", {{"GPU-a", "", 0}, {"GPU-b", "", 8000}}, 1, 0, 2);
    EXPECT_EQ(unknown.count, 2) << "one on each where the driver does not say";
    EXPECT_THAT(unknown.bytes_of_devices, testing::IsEmpty());
}

TEST(Node, ATrialIsOnOneInstanceOfADividedGpu)
{
    EXPECT_FALSE(slots_of(node_of(8), "cuda", {{"GPU-a"}, {"GPU-b"}}, 1, 0).one_each());
    EXPECT_TRUE(slots_of(node_of(8), "cuda", {{"MIG-a"}, {"MIG-b"}}, 1, 0).one_each());
    EXPECT_FALSE(slots_of(node_of(8), "cpu", {{"MIG-a"}, {"MIG-b"}}, 1, 0).one_each());
}

TEST(Node, PartsOfAHostShareItsCoresAndMemory)
{
    const Node first = part_of(node_of(8), "h/1", 0, 2), second = part_of(node_of(8), "h/2", 1, 2);
    EXPECT_EQ(first.name, "h/1");
    EXPECT_THAT(first.cores, testing::ElementsAre(10, 11, 12, 13));
    EXPECT_THAT(second.cores, testing::ElementsAre(14, 15, 16, 17));
    EXPECT_EQ(second.on_host, 2);
    EXPECT_EQ(part_of(node_of(8), "h", 0, 1).cores, node_of(8).cores);
}

TEST(Launch, TasksThatDoNotKnowEachOtherAreRefused)
{
    EXPECT_EQ(wrong_launch(1), "");
    ::setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    EXPECT_THAT(wrong_launch(1), testing::AllOf(testing::HasSubstr("4 tasks"), testing::HasSubstr("mpirun -n 4")));
    EXPECT_EQ(wrong_launch(4), "");
    ::setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    EXPECT_EQ(wrong_launch(1), "") << "mpirun -n 1, whose daemon srun started";
    ::unsetenv("OMPI_COMM_WORLD_SIZE");
    ::setenv("SLURM_PTY_PORT", "1", 1);
    EXPECT_EQ(wrong_launch(1), "") << "srun -n 4 --pty bash";
    ::unsetenv("SLURM_PTY_PORT");
    ::setenv("SLURM_STEP_NUM_TASKS", "1", 1);
    EXPECT_EQ(wrong_launch(1), "") << "srun --pty";
    ::unsetenv("SLURM_STEP_NUM_TASKS");
}

// A shell in a job, or a container's image, may hold variables of a launcher that is not there.
TEST(Node, VariablesOfALauncherDoNotHideTheCoreMask)
{
    cpu_set_t before, one;
    ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    int core = 0;
    while (!CPU_ISSET(core, &before)) {
        ++core;
    }
    CPU_SET(core, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    ::setenv("PMI_RANK", "0", 1);
    const Node node = this_node(launch_from_environment());
    ::unsetenv("PMI_RANK");
    ::sched_setaffinity(0, sizeof before, &before);
    EXPECT_THAT(node.cores, testing::ElementsAre(core));
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
