#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "runner/rank/attempt_end.h"
#include "runner/rank/event_loop_queue.h"

namespace attnsweep::runner {

/// Has attempts that have ended judged in a thread of its own, since that reads and writes files: those that end in one moment
/// together, and one batch after the other. On the loop's thread alone; the queue outlives it.
class AttemptJudge {
public:
    using Clock = std::chrono::steady_clock;

    /// `judged` runs on the loop's thread, once for each attempt, in their order.
    AttemptJudge(EventLoopQueue& loop_queue, std::function<void(const Judgement&)> judged);

    /// `may_wait`: nobody waits for this one, so it may wait a moment for others. `node`: this one's name, for messages.
    void add(AttemptEnd end, bool may_wait, const std::string& node);
    /// False: so many wait to be judged that no more may be left to wait.
    bool has_room() const;

    void tick();             ///< begins to judge when that is due
    double sleep_s() const;  ///< until when tick() is wanted, seconds from now; infinity: not for this

private:
    std::function<void(const Judgement&)> judged_;
    std::string node_;
    std::vector<AttemptEnd> waiting_;
    std::size_t being_judged_ = 0;
    Clock::time_point judge_at_ = Clock::time_point::max();
    BackgroundTasks background_;  ///< last: it waits for its thread
};

}  // namespace attnsweep::runner
