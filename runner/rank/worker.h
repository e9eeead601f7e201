#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

#include "runner/node/node.h"
#include "runner/node/slots.h"
#include "runner/rank/attempt_end.h"
#include "runner/rank/attempt_judge.h"
#include "runner/rank/event_loop_queue.h"
#include "runner/rank/event_pipe.h"
#include "runner/rank/hang_watch.h"
#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"
#include "runner/rank/trial_starter.h"

namespace attnsweep::runner {

/// Runs trials on every rank, including rank 0: starts their processes on order, forwards their events, reports how they end. Used
/// only on the loop's thread; background tasks access disks and wait for earlier attempts.
class Worker {
public:
    using Clock = std::chrono::steady_clock;

    Worker(Messenger& messenger, EventLoopQueue& loop_queue, Launch launch);
    ~Worker();  ///< abandons the trials: their pipes break, and they exit
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void handle(const Setup& setup);
    void handle(const Inspect&);
    void handle(const UseDevice& use);
    void handle(const StartAttempt& start);
    void handle(const Acknowledged& acknowledged);
    void handle(const WatchAttempt& watch);
    void handle(const Drain&) { drain(); }

    /// Asks all trials to write a checkpoint and end; kills those that have not after the grace period.
    void drain();

    /// Collects ended processes. Call it after SIGCHLD.
    void reap();
    /// Adds the event pipes to poll; read_events() reads those that are ready.
    void add_descriptors(std::vector<pollfd>& descriptors) const;
    void read_events(const std::vector<pollfd>& descriptors);
    void tick();
    double sleep_s() const { return std::min(judge_.sleep_s(), starter_.sleep_s()); }  ///< until tick() must be called
    bool idle() const { return attempts_.empty(); }

private:
    /// An attempt, from its order to the report of its end.
    struct Attempt {
        TrialOrder order;
        std::string host, started_at;
        Clock::time_point begun;
        pid_t pid = 0;  ///< 0: not started yet, or ended
        EventPipe events;
        std::vector<configs::EpochRecord> epochs;
        std::string said;               ///< the failure message that it reported
        std::int64_t kills_before = 0;  ///< kills_for_memory() when it began
        bool asked_to_end = false, killed = false;
        Clock::time_point kill_at;
        HangWatch watch{0};
        std::string hang;  ///< why it is being killed
    };
    using Key = TrialStarter::Key;

    void begin(const TrialOrder& order, const std::vector<scheduler::Slot>& slots);
    void began(const Key& key, const TrialProcess& process);
    void take_lines(Attempt& attempt);
    void take_line(Attempt& attempt, const std::string& line);
    void ended(const Key& key, int status);
    void judged(const Judgement& judgement);
    std::int64_t kills_so_far();
    void retain_until_acknowledged(const Key& key, const TrialOrder& order);
    void ask_to_end(Attempt& attempt);
    void kill_unended(Attempt& attempt);
    void watch(const Key& key, Attempt& attempt, double passed_s);
    void tell(ToCoordinator message);

    Messenger& messenger_;
    Launch launch_;
    Setup setup_;
    Node node_;
    Slots slots_;
    std::filesystem::path program_;
    double grace_s_ = 60, hang_after_s_ = 0;
    Clock::time_point last_tick_ = Clock::now();
    std::map<Key, Attempt> attempts_;
    AttemptJudge judge_;
    std::int64_t kills_ = 0;  ///< kills_for_memory() at kills_read_at_
    Clock::time_point kills_read_at_;
    /// The folders whose checkpoints to remove once a done attempt is acknowledged.
    std::map<Key, std::vector<std::filesystem::path>> checkpoints_of_done_;
    std::atomic<bool> draining_ = false;
    // Last members: their destructors wait for threads that use the others.
    TrialStarter starter_;
    BackgroundTasks background_;
};

}  // namespace attnsweep::runner
