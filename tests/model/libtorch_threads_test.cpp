// Kernels run on as many threads as libtorch has.
#include "model/libtorch_threads.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace attnsweep::tests {
namespace {

class LibtorchsThreads : public testing::Test {
public:
    ~LibtorchsThreads() override { at::set_num_threads(before_); }

private:
    int before_ = at::get_num_threads();
};

TEST_F(LibtorchsThreads, RunUnitsAtTheSameTime)
{
    at::set_num_threads(2);
    std::atomic<int> begun = 0;
    std::atomic<bool> all_met = true;
    model::on_libtorchs_threads(2, [&](std::int64_t) {
        ++begun;
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (begun < 2 && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        if (begun < 2) {
            all_met = false;
        }
    });
    EXPECT_TRUE(all_met) << "the first unit ended before the second began";
}

TEST_F(LibtorchsThreads, RunEachUnitOnce)
{
    for (const int threads : {1, 2, 3}) {
        at::set_num_threads(threads);
        for (const std::int64_t count : {0, 1, 2, 5, 1000}) {
            std::vector<int> runs(static_cast<std::size_t>(count), 0);
            model::on_libtorchs_threads(count, [&](std::int64_t unit) { ++runs.at(static_cast<std::size_t>(unit)); });
            EXPECT_EQ(runs, std::vector<int>(static_cast<std::size_t>(count), 1)) << threads << " threads";
        }
    }
}

TEST_F(LibtorchsThreads, ThrowWhatAUnitThrows)
{
    at::set_num_threads(2);
    EXPECT_THROW(model::on_libtorchs_threads(4,
                                             [](std::int64_t unit) {
                                                 if (unit == 3) {
                                                     throw std::runtime_error("of a unit");
                                                 }
                                             }),
                 std::runtime_error);
}

}  // namespace
}  // namespace attnsweep::tests
