#include "runner/rank/progress.h"

#include <cstdlib>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TrialEvent epoch(int number, int of)
{
    TrialEvent event;
    event.kind = TrialEvent::Kind::epoch;
    event.epoch = number;
    event.max_epochs = of;
    event.record = configs::EpochRecord{number, 1.23, 0.3, 1.5, 0.412, 12};
    return event;
}

TEST(Progress, APlainLineAnEpoch)
{
    Screen screen(false);
    screen.progress().trial_began("cqt-r25-s1");
    screen.progress().trial_says("cqt-r25-s1", epoch(3, 6));
    EXPECT_THAT(screen.text(), HasSubstr("] cqt-r25-s1 epoch 3/6 loss 1.230 val acc 41.2 % 12 s\n"));
    EXPECT_THAT(screen.text(), Not(HasSubstr("\x1b")));
}

TEST(Progress, ALiveLineATrialAndOneForTheSweep)
{
    Screen screen(true);
    screen.progress().trial_began("a");
    screen.progress().trial_says("a", epoch(3, 6));
    screen.progress().sweep_is_at({1, 4, 1, 0, 90});
    screen.progress().redraw();
    EXPECT_THAT(screen.text(), HasSubstr("epoch 3/6  loss 1.230  val acc 41.2 %  36 s left\n"));
    EXPECT_THAT(screen.text(), HasSubstr("sweep: 1 of 4 done, 1 running, 0 failed, about 2 min left\n"));
    screen.progress().trial_ended("a");
    screen.progress().say("a done");
    EXPECT_THAT(screen.text(), HasSubstr("\x1b[2A\x1b[J["));  // both lines are taken away before the one that stays
}

TEST(Progress, TheShareOfATrialCountsBatches)
{
    Screen screen(true);
    Progress& progress = screen.progress();
    progress.trial_began("a");
    EXPECT_EQ(progress.share_done("a"), 0);
    TrialEvent event;
    event.kind = TrialEvent::Kind::started;
    event.epoch = 2;
    event.max_epochs = 10;
    progress.trial_says("a", event);
    EXPECT_DOUBLE_EQ(progress.share_done("a"), 0.1) << "it goes on in epoch 2: one is done";
    EXPECT_DOUBLE_EQ(progress.share_at_begin("a"), 0.1);
    event.kind = TrialEvent::Kind::progress;
    event.epoch = 3;
    event.batch = 5;
    event.batches = 10;
    progress.trial_says("a", event);
    EXPECT_DOUBLE_EQ(progress.share_done("a"), 0.25);
    EXPECT_DOUBLE_EQ(progress.share_at_begin("a"), 0.1);
}

TEST(Progress, Durations)
{
    EXPECT_EQ(duration_text(12.4), "12 s");
    EXPECT_EQ(duration_text(200), "3 min");
    EXPECT_EQ(duration_text(7500), "2 h 05 min");
}

}  // namespace
}  // namespace attnsweep::runner
