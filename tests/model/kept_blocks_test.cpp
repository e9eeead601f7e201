#include "model/kept_blocks.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <c10/core/CPUAllocator.h>
#include <torch/torch.h>

namespace attnsweep::model {
namespace {

constexpr std::size_t large = KeptBlocks::least_bytes;

TEST(KeptBlocks, GivesABlockOfTheSameSizeAgain)
{
    KeptBlocks blocks;
    void* first = blocks.take(large);
    void* second = blocks.take(large + 64);
    blocks.give_back(first);
    blocks.give_back(second);
    EXPECT_EQ(blocks.kept_bytes(), 2 * large + 64);
    EXPECT_EQ(blocks.take(large), first);
    EXPECT_EQ(blocks.take(large + 64), second);
    EXPECT_EQ(blocks.kept_bytes(), 0U);
    blocks.give_back(first);
    blocks.give_back(second);
}

TEST(KeptBlocks, KeepsNoMoreThanWasOnceInUse)
{
    KeptBlocks blocks;
    void* first = blocks.take(2 * large);
    void* second = blocks.take(large);
    blocks.give_back(first);
    void* third = blocks.take(large);  // fits beside what is kept only if that goes
    EXPECT_EQ(blocks.kept_bytes(), 0U);
    blocks.give_back(second);
    void* fourth = blocks.take(large + 64);  // 2 large + 64 in use: the second may stay no longer
    EXPECT_EQ(blocks.kept_bytes(), 0U);
    blocks.give_back(third);
    blocks.give_back(fourth);
    EXPECT_EQ(blocks.kept_bytes(), 2 * large + 64);
}

TEST(KeptBlocks, LeavesSmallBlocksToMalloc)
{
    KeptBlocks blocks;
    blocks.give_back(blocks.take(large - 1));
    blocks.give_back(blocks.take(0));
    EXPECT_EQ(blocks.kept_bytes(), 0U);
}

TEST(KeptBlocks, GivesAllBackBeforeItSaysThatThereIsNoMemory)
{
    KeptBlocks blocks;
    blocks.give_back(blocks.take(large));
    EXPECT_THROW(blocks.take(std::size_t{1} << 60), c10::Error);
    EXPECT_EQ(blocks.kept_bytes(), 0U);
}

TEST(KeptBlocks, GivesAllBackWhereThereIsNoMemoryAndTriesAgain)
{
    const auto succeeds = [] {
        KeptBlocks blocks;
        blocks.give_back(blocks.take(8 * large));  // so much may be kept
        blocks.give_back(blocks.take(3 * large));
        std::ifstream statm("/proc/self/statm");
        rlim_t pages = 0;
        statm >> pages;
        const rlimit limit{pages * 4096 + 2 * large, RLIM_INFINITY};
        setrlimit(RLIMIT_AS, &limit);
        void* block = blocks.take(4 * large);  // more than is left, less than with what is kept
        const bool all_is_given_back = blocks.kept_bytes() == 0;
        blocks.give_back(block);
        return all_is_given_back;
    };
    EXPECT_EXIT(std::_Exit(succeeds() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

TEST(KeptBlocks, ServesThreads)
{
    KeptBlocks blocks;
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
        threads.emplace_back([&blocks, t] {
            for (int i = 0; i < 50; ++i) {
                auto* block = static_cast<char*>(blocks.take(large + 64 * (t % 2)));
                std::fill_n(block, 4096, static_cast<char>(t));
                EXPECT_EQ(std::count(block, block + 4096, static_cast<char>(t)), 4096);
                blocks.give_back(block);
            }
        });
    }
    threads.clear();
    EXPECT_GE(blocks.kept_bytes(), large);
}

TEST(KeptBlocks, LibtorchsTensorsTakeThem)
{
    keep_large_blocks();
    EXPECT_NE(at::empty({3}).data_ptr(), nullptr);
    EXPECT_NE(at::empty({3}).storage().data_ptr().get_deleter(), c10::GetDefaultCPUAllocator()->raw_deleter());
    const auto size = static_cast<std::int64_t>(large / sizeof(float));
    const void* first = at::empty({size}).data_ptr();
    EXPECT_EQ(at::empty({size}).data_ptr(), first);
    EXPECT_EQ(at::zeros({size}).sum().item<float>(), 0);
    EXPECT_EQ(at::ones({3}).sum().item<float>(), 3);
}

// As libtorch's own allocator does: `attnsweep trial --profile` counts by it.
TEST(KeptBlocks, TensorsMemoryIsReported)
{
    struct Counter : c10::MemoryReportingInfoBase {
        void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t, c10::Device) override
        {
            bytes > 0 ? taken += bytes : given_back -= bytes;
        }
        bool memoryProfilingEnabled() const override { return true; }
        std::int64_t taken = 0, given_back = 0;
    };
    keep_large_blocks();
    const auto counter = std::make_shared<Counter>();
    {
        const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
        at::empty({static_cast<std::int64_t>(large)}, at::kByte);
        at::empty({100}, at::kByte);
    }
    EXPECT_EQ(counter->taken, static_cast<std::int64_t>(large) + 100);
    EXPECT_EQ(counter->given_back, counter->taken);
}

}  // namespace
}  // namespace attnsweep::model
