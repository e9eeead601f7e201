#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "runner/node/start_pauses.h"
#include "runner/node/trial_process.h"
#include "runner/rank/attempt_end.h"
#include "runner/rank/event_loop_queue.h"

namespace attnsweep::runner {

/// Starts a worker's trials, each in a thread of its place, which stays bound to the place's cores. What cannot be started is tried again
/// with growing pauses (StartPauses); in the end its attempt counts as drained, with a node error. Used only on the loop's thread; the
/// queue outlives it.
class TrialStarter {
public:
    using Key = std::pair<std::string, int>;  ///< trial, attempt

    struct Callbacks {
        std::function<void(const Key&, const TrialProcess&)> began;
        std::function<void(const Judgement&)> ended;  ///< without a process
        std::function<void(const Note&)> note;
    };

    /// `draining`: makes what waits end at once; outlives the starter.
    TrialStarter(EventLoopQueue& loop_queue, const std::atomic<bool>& draining, Callbacks callbacks);

    /// Sets what is the same for all trials. `node`: its name, for messages.
    void set_up(const std::string& node, double grace_s);
    /// Starts an attempt on a place of this node, once nothing of its earlier attempts runs any more.
    void start(int place, TrialStart start);
    /// Starts an attempt again whose process could not go on: `why`.
    void again(const Key& key, const std::string& why);
    /// Forgets an attempt, which has ended.
    void forget(const Key& key) { starts_.erase(key); }
    /// Notes that trials run here: when one cannot be started later, that is said again.
    void works() { is_told_ = false; }

    void tick();             ///< starts again what is due
    double sleep_s() const;  ///< seconds until tick() must be called; infinity: not needed

private:
    using Clock = std::chrono::steady_clock;
    struct Start {
        int place = 0;
        TrialStart start;
        StartPauses pauses{};
        Clock::time_point due = Clock::time_point::max();  ///< to be tried again
    };

    void attempt(const Key& key, Start& start);
    std::function<void()> in_background(const Key& key, const TrialStart& start);
    Judgement drained(const Key& key) const;

    EventLoopQueue& loop_queue_;
    const std::atomic<bool>& draining_;
    Callbacks callbacks_;
    std::string node_;
    double grace_s_ = 60;
    bool is_told_ = false;  ///< that trials cannot be started
    std::map<Key, Start> starts_;
    std::map<int, BackgroundTasks>
        starters_;  ///< by place; last: their destructors wait for threads that use the others
};

}  // namespace attnsweep::runner
