#include "runner/rank/progress.h"

#include <cstdlib>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runner/rank/planned_state.h"

namespace attnsweep::runner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Screen {
public:
    explicit Screen(bool live)
        : file_(::open_memstream(&text_, &size_)), progress_(std::make_unique<Progress>(live, file_))
    {
    }
    ~Screen()
    {
        progress_.reset();
        std::fclose(file_);
        std::free(text_);
    }
    Progress& progress() { return *progress_; }
    std::string text()
    {
        std::fflush(file_);
        return {text_, size_};
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_;
    std::unique_ptr<Progress> progress_;
};

TrialEvent epoch_of(const std::string& trial, int number, int of)
{
    TrialEvent event;
    event.kind = TrialEvent::Kind::epoch;
    event.trial_id = trial;
    event.epoch = number;
    event.max_epochs = of;
    event.record = configs::EpochRecord{number, 1.23, 0.3, 1.5, 0.412, 12};
    return event;
}

/// A sweep of which "a" and "b" run.
SweepState two_run()
{
    SweepState state = tests::planned_state({"a", "b", "c"}, 1);
    state.node_ready("n", 2);
    state.assigned("b", 1, 0, {tests::slot_of_device(0)});
    state.assigned("a", 1, 0, {tests::slot_of_device(1)});
    state.attempt_started("a");
    state.attempt_started("b");
    return state;
}

TEST(Progress, APlainLineAnEpoch)
{
    Screen screen(false);
    SweepState state = two_run();
    const TrialEvent event = epoch_of("a", 3, 6);
    state.event_reported(event);
    screen.progress().event_reported(state.at("a"), event);
    EXPECT_THAT(screen.text(), HasSubstr("] label-a epoch 3/6 loss 1.230 val acc 41.2 % 12 s\n"));
    screen.progress().redraw(state, 1);
    EXPECT_THAT(screen.text(), Not(HasSubstr("\x1b")));
    EXPECT_THAT(screen.text(), Not(HasSubstr("sweep: ")));
}

TEST(Progress, AResumedTrialSaysWhere)
{
    Screen screen(true);
    SweepState state = two_run();
    TrialEvent event;
    event.trial_id = "a";
    event.epoch = 2;
    screen.progress().event_reported(state.at("a"), event);
    EXPECT_THAT(screen.text(), HasSubstr("] label-a resumes in epoch 2\n"));
}

TEST(Progress, ALiveLineATrialAndOneForTheSweep)
{
    Screen screen(true);
    SweepState state = two_run();
    state.event_reported(epoch_of("a", 3, 6));
    EXPECT_TRUE(screen.progress().needs_redraw(state));
    // Half of one of three trials of 100 s took 36 s.
    screen.progress().redraw(state, 36);
    EXPECT_THAT(screen.text(), HasSubstr("epoch 3/6  loss 1.230  val acc 41.2 %  36 s left\nlabel-b "))
        << "by label, whatever their slots";
    EXPECT_THAT(screen.text(), HasSubstr("starts\nsweep: 1 of 4 done, 2 running, 0 failed, about 3 min left\n"));
    EXPECT_FALSE(screen.progress().needs_redraw(state)) << "nothing has changed";
    state.attempt_ended("a", scheduler::Ending::drained);
    EXPECT_TRUE(screen.progress().needs_redraw(state));
    screen.progress().say("a done");
    EXPECT_THAT(screen.text(), HasSubstr("\x1b[3A\x1b[J["));  // the lines are taken away before the one that stays
}

TEST(Progress, Durations)
{
    EXPECT_EQ(duration_text(12.4), "12 s");
    EXPECT_EQ(duration_text(200), "3 min");
    EXPECT_EQ(duration_text(7500), "2 h 05 min");
}

}  // namespace
}  // namespace attnsweep::runner
