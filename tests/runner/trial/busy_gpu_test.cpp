#include "runner/trial/busy_gpu.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

using namespace std::chrono_literals;

const std::runtime_error
    busy("CUDA error: CUDA-capable device(s) is/are busy or unavailable\nCUDA kernel errors might ...");

TEST(BusyGpu, IsTriedUntilItIsFree)
{
    int tries = 0, told = 0;
    EXPECT_TRUE(use_when_free(
        [&] {
            if (++tries < 4) {
                throw busy;
            }
        },
        [&](const std::string&) { ++told; }, [] { return false; }, 60s, 1ms));
    EXPECT_EQ(tries, 4);
    EXPECT_EQ(told, 1);
}

TEST(BusyGpu, IsGivenUpAfterTheLimit)
{
    int tries = 0;
    const auto use = [&] {
        ++tries;
        throw busy;
    };
    EXPECT_THROW(use_when_free(use, [](const std::string&) {}, [] { return false; }, 0s, 1ms), std::runtime_error);
    EXPECT_EQ(tries, 1);
}

TEST(BusyGpu, IsNotWaitedForOnceTheTrialIsToEnd)
{
    int asked = 0;
    EXPECT_FALSE(use_when_free([] { throw busy; }, [](const std::string&) {}, [&] { return ++asked == 3; }, 60s, 1ms));
    EXPECT_EQ(asked, 3);
}

TEST(BusyGpu, OtherFailuresAreNotWaitedFor)
{
    int tries = 0;
    const auto use = [&] {
        ++tries;
        throw std::runtime_error("CUDA error: uncorrectable ECC error encountered");
    };
    EXPECT_THROW(use_when_free(
                     use, [](const std::string&) { FAIL() << "told"; }, [] { return false; }, 60s, 1ms),
                 std::runtime_error);
    EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace attnsweep::runner
