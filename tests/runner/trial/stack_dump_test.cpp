// A rank that finds a trial hanging asks what it does: SIGUSR2.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runner/trial/stack_dump.h"
#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using runner::TrialEvent;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::size_t count_of(const std::string& text, const std::string& piece)
{
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(piece, at)) != std::string::npos; ++at) {
        ++count;
    }
    return count;
}

TEST(StackDump, EveryThreadWritesItsStackAndTheTrialGoesOn)
{
    const TemporaryFolder store;
    runner::TrialOrder order = tone_order(store.path());
    order.threads = 2;
    TrialProcess trial(order, store / "log");
    ASSERT_TRUE(trial.next_event(TrialEvent::Kind::epoch)) << trial.log();
    trial.signal(SIGUSR2);
    while (trial.log().find(runner::stack_dump_end) == std::string::npos && trial.next_event()) {
    }
    EXPECT_EQ(trial.wait(), 0) << trial.log();
    const std::string log = trial.log();
    EXPECT_THAT(log, AllOf(HasSubstr("stack dump of process"), HasSubstr("attnsweep-trial(+0x"),
                           HasSubstr(std::string(runner::stack_dump_end))));
    EXPECT_GE(count_of(log, "\nthread "), 2u) << "its own and libtorch's second thread: " << log;
    EXPECT_EQ(count_of(log, "does not answer"), 0u) << log;
    EXPECT_EQ(result_of(order).outcome, configs::Outcome::done);
}

TEST(StackDump, AskedForAgainAndAgainItIsStillTheSameTrial)
{
    const TemporaryFolder store;
    const runner::TrialOrder order = tone_order(store.path());
    TrialProcess trial(order, store / "log");
    int asked = 0;
    while (trial.next_event()) {
        for (int i = 0; i < 3 && asked < 60; ++i, ++asked) {
            trial.signal(SIGUSR2);
        }
    }
    EXPECT_EQ(trial.wait(), 0) << trial.log();
    EXPECT_GT(asked, 3);
    EXPECT_EQ(result_of(order).outcome, configs::Outcome::done);
}

}  // namespace
}  // namespace attnsweep::tests
