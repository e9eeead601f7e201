#include "runner/rank/attempt_judge.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace attnsweep::runner {

namespace {

constexpr std::size_t most_judged_later = 256;
// How long an attempt that ended well may wait for others, to share a disk sync.
constexpr std::chrono::milliseconds gathering{20};

}  // namespace

AttemptJudge::AttemptJudge(EventLoopQueue& loop_queue, std::function<void(const Judgement&)> judged)
    : judged_(std::move(judged)), background_(loop_queue)
{
}

bool AttemptJudge::has_room() const
{
    return waiting_.size() + being_judged_ < most_judged_later;
}

void AttemptJudge::add(AttemptEnd end, bool may_wait, const std::string& node)
{
    node_ = node;
    waiting_.push_back(std::move(end));
    judge_at_ = std::min(judge_at_, may_wait ? Clock::now() + gathering : Clock::now());
    tick();
}

void AttemptJudge::tick()
{
    if (being_judged_ > 0 || waiting_.empty() || Clock::now() < judge_at_) {
        return;
    }
    judge_at_ = Clock::time_point::max();
    being_judged_ = waiting_.size();
    background_.run([this, ends = std::exchange(waiting_, {}), node = node_]() -> std::function<void()> {
        return [this, judgements = judge(ends, node)] {
            for (const Judgement& judgement : judgements) {
                judged_(judgement);
            }
            being_judged_ = 0;
            tick();
        };
    });
}

double AttemptJudge::sleep_s() const
{
    if (being_judged_ > 0 || waiting_.empty()) {
        return std::numeric_limits<double>::infinity();
    }
    return std::max(0.0, std::chrono::duration<double>(judge_at_ - Clock::now()).count());
}

}  // namespace attnsweep::runner
