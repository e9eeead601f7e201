#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "runner/rank/attempt_end.h"
#include "runner/rank/event_loop_queue.h"

namespace attnsweep::runner {

/// Judges ended attempts in a background thread, since that reads and writes files: batch by batch, with the attempts that end at
/// about the same time in one batch. Used only on the loop's thread; the queue outlives it.
class AttemptJudge {
public:
    using Clock = std::chrono::steady_clock;

    /// `judged` runs on the loop's thread, once per attempt, in their order.
    AttemptJudge(EventLoopQueue& loop_queue, std::function<void(const Judgement&)> judged);

    /// Adds an attempt. `may_wait`: nothing depends on it, so it may wait a moment for others. `node`: this node's name, for
    /// messages.
    void add(AttemptEnd end, bool may_wait, const std::string& node);
    /// Returns false if so many attempts wait that no more should be added with `may_wait`.
    bool has_room() const;

    void tick();             ///< begins a batch if it is due
    double sleep_s() const;  ///< seconds until tick() must be called; infinity: not needed

private:
    std::function<void(const Judgement&)> judged_;
    std::string node_;
    std::vector<AttemptEnd> waiting_;
    std::size_t being_judged_ = 0;
    Clock::time_point judge_at_ = Clock::time_point::max();
    BackgroundTasks background_;  ///< last: it waits for its thread
};

}  // namespace attnsweep::runner
