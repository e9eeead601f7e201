#include "runner/node/start_pauses.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/environment_variable.h"

namespace attnsweep::runner {
namespace {

std::vector<double> all_of(StartPauses pauses)
{
    std::vector<double> all;
    while (const auto pause_s = pauses.next()) {
        all.push_back(*pause_s);
    }
    return all;
}

TEST(StartPauses, GrowAndAddUpToThePatience)
{
    EXPECT_THAT(all_of(StartPauses(100)), testing::ElementsAre(0.5, 1, 2, 4, 8, 16, 30, 30, 8.5));
    EXPECT_THAT(all_of(StartPauses(0.2)), testing::ElementsAre(0.2));
    EXPECT_THAT(all_of(StartPauses(0)), testing::IsEmpty());
}

TEST(StartPauses, TakeTheNamedPatience)
{
    EXPECT_EQ(StartPauses().patience_s(), 120);
    const tests::EnvironmentVariable named("ATTNSWEEP_START_PATIENCE_S", "7");
    EXPECT_EQ(StartPauses().patience_s(), 7);
}

TEST(TellsOfShortage, ByTheSystemsWords)
{
    EXPECT_TRUE(tells_of_shortage("libgomp: Thread creation failed: Resource temporarily unavailable"));
    EXPECT_TRUE(tells_of_shortage("timeout: fork system call failed: Cannot allocate memory"));
    EXPECT_TRUE(tells_of_shortage("sh: 1: Cannot fork"));
    EXPECT_FALSE(tells_of_shortage("error while loading shared libraries: libc10.so"));
}

}  // namespace
}  // namespace attnsweep::runner
