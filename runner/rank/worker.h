#pragma once

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
#include "runner/rank/attempt_end.h"
#include "runner/rank/attempt_judge.h"
#include "runner/rank/event_loop_queue.h"
#include "runner/rank/event_pipe.h"
#include "runner/rank/hang_watch.h"
#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"

namespace attnsweep::runner {

/// Runs trials on every rank, rank 0 too: starts their processes as it is told, forwards what they say, reports how they end.
/// On the loop's thread alone; disks are touched and former attempts waited for by background tasks.
class Worker {
public:
    using Clock = std::chrono::steady_clock;

    Worker(Messenger& messenger, EventLoopQueue& loop_queue, Launch launch);
    ~Worker();  ///< leaves the trials: their pipes break, and they end by themselves
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void handle(const Setup& setup);
    void handle(const Inspect&);
    void handle(const UseDevice& use);
    void handle(const StartAttempt& start);
    void handle(const Acknowledged& acknowledged);
    void handle(const WatchAttempt& watch);
    void handle(const Drain&) { drain(); }

    /// Asks all trials to leave a checkpoint and end; those that have not after the grace are killed.
    void drain();

    /// After SIGCHLD.
    void reap();
    /// What to poll for, and what to do with the answers.
    void add_descriptors(std::vector<pollfd>& descriptors) const;
    void read_events(const std::vector<pollfd>& descriptors);
    void tick();
    double sleep_s() const { return judge_.sleep_s(); }  ///< until when tick() is wanted, seconds from now
    bool idle() const { return attempts_.empty(); }

private:
    /// An attempt from its order to the word of its end.
    struct Attempt {
        TrialOrder order;
        std::string host, started_at;
        Clock::time_point begun;
        pid_t pid = 0;  ///< 0: not started yet, or ended
        EventPipe events;
        std::vector<configs::EpochRecord> epochs;
        std::string said;               ///< its failure, in its own words
        std::int64_t kills_before = 0;  ///< kills_for_memory() when it began
        bool asked_to_end = false, killed = false;
        Clock::time_point kill_at;
        HangWatch watch{0};
        std::string hang;  ///< why it is being killed
    };
    using Key = std::pair<std::string, int>;

    void begin(const TrialOrder& order, const scheduler::Slot& slot);
    void began(const Key& key, pid_t pid, int events);
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
    EventLoopQueue& loop_queue_;
    Launch launch_;
    Setup setup_;
    Node node_;
    Slots slots_;
    std::filesystem::path program_;
    double grace_s_ = 60, hang_after_s_ = 0;
    Clock::time_point last_tick_ = Clock::now();
    std::map<Key, Attempt> attempts_;
    AttemptJudge judge_;
    std::int64_t kills_ = 0;  ///< kills_for_memory(), a moment ago
    Clock::time_point kills_read_at_;
    /// Of those done and not acknowledged yet: where their checkpoints may go then.
    std::map<Key, std::vector<std::filesystem::path>> checkpoints_of_done_;
    std::atomic<bool> draining_ = false;
    // Last: their threads are waited for before what they use goes.
    std::map<int, BackgroundTasks> starters_;  ///< by place: their threads keep its cores
    BackgroundTasks background_;
};

}  // namespace attnsweep::runner
