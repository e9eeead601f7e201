#include "runner/trial/step_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(StepTimes, AreAnAverageStepByPartAndTheWholeOfTheOthers)
{
    StepTimes times;
    EXPECT_FALSE(times.has_steps());
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(times.measure(StepTimes::Part::step,
                                [&] {
                                    times.measure(StepTimes::Part::data, [] {});
                                    times.add_step(0.25, 0.5, 0.125);
                                    return 7;
                                }),
                  7);
    }
    EXPECT_TRUE(times.has_steps());
    const std::string text = times.text(false);
    EXPECT_THAT(text, AllOf(HasSubstr("(4 steps): data "),
                            HasSubstr("forward 250.0 ms, backward 500.0 ms, optimizer 125.0 ms, "
                                      "the rest 0.0 ms; in all: steps "),
                            EndsWith(" s"), Not(HasSubstr("GPU"))));
    EXPECT_THAT(times.text(true), HasSubstr("on a GPU work is only queued"));
}

TEST(StepTimes, CountAlsoWhatEndsByAnException)
{
    StepTimes times;
    EXPECT_THROW(times.measure(StepTimes::Part::test,
                               [] {
                                   const auto begin = std::chrono::steady_clock::now();
                                   while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(60)) {
                                   }
                                   throw 1;
                               }),
                 int);
    EXPECT_THAT(times.text(false), Not(EndsWith("test 0.0 s")));
}

}  // namespace
}  // namespace attnsweep::runner
