#include "runner/rank/attempt_judge.h"

#include <cmath>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Judge : public ::testing::Test {
protected:
    /// Of a process that left a checkpoint as it was asked: exit status 75.
    AttemptEnd drained(const std::string& trial) const
    {
        AttemptEnd end;
        end.order.trial.id = trial;
        end.order.attempt_folder = folder_ / trial / "attempt-1";
        end.order.pending_folder = folder_ / "pending";
        end.status = exit_run_again << 8;
        files::create_folders(end.order.attempt_folder);
        return end;
    }
    /// Turns of the loop until so many have been judged, 10 s at most.
    void wait_for(std::size_t count)
    {
        const auto until = AttemptJudge::Clock::now() + std::chrono::seconds(10);
        while (judged_.size() < count && AttemptJudge::Clock::now() < until) {
            loop_queue_.run_all();
            judge_.tick();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    tests::TemporaryFolder folder_;
    std::vector<std::string> judged_;
    EventLoopQueue loop_queue_;
    AttemptJudge judge_{loop_queue_, [this](const Judgement& judgement) {
                            EXPECT_EQ(judgement.ended.ending, scheduler::Ending::drained);
                            judged_.push_back(judgement.ended.trial);
                        }};
};

TEST_F(Judge, OneThatMayWaitWaitsAMomentForOthers)
{
    EXPECT_TRUE(std::isinf(judge_.sleep_s())) << "nothing to do";
    judge_.add(drained("a"), true, "n");
    EXPECT_FALSE(std::isinf(judge_.sleep_s())) << "it is not judged yet";
    judge_.add(drained("b"), false, "n");
    EXPECT_TRUE(std::isinf(judge_.sleep_s())) << "both are being judged";
    judge_.add(drained("c"), false, "n");
    EXPECT_THAT(judged_, IsEmpty()) << "told on the loop's thread alone";
    wait_for(3);
    EXPECT_THAT(judged_, ElementsAre("a", "b", "c"));
    EXPECT_TRUE(std::isinf(judge_.sleep_s()));
}

TEST_F(Judge, NotSoManyWaitWithoutBound)
{
    const AttemptEnd end = drained("a");
    int added = 0;
    for (; judge_.has_room() && added < 1000; ++added) {
        judge_.add(end, true, "n");
    }
    EXPECT_LT(added, 1000);
    wait_for(static_cast<std::size_t>(added));
    EXPECT_TRUE(judge_.has_room());
}

}  // namespace
}  // namespace attnsweep::runner
