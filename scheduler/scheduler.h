#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// A trial that is neither done nor set aside when the sweep begins.
struct PlannedTrial {
    std::string id;
    double expected = 0;                  ///< seconds left, or any one unit: the longest goes first
    int attempts = 0;                     ///< number of the last attempt made in earlier runs; 0: none
    std::map<std::string, int> failures;  ///< of earlier runs, by kind
};

struct SchedulerSettings {
    /// How long the slots of a lost rank stay closed, so that what it ran can leave a checkpoint and end. Seconds.
    double lost_rank_grace_s = 30;
    /// So many trials that are the first to end, all failing with the same message, stop the sweep; 0: never.
    int alike_failures_to_stop = 5;
};

/// Which trial runs where and when: a pure function of events to actions, without I/O, clock or thread. Driven by a
/// transport in production, by a recorder in tests, by a virtual clock in a simulation. Not thread-safe.
///
/// Longest expected first, trials that have failed in this run after those that have not. A free slot's trial goes to
/// the live rank of its node that runs the least. A failed attempt is committed like a result; its next attempt is
/// assigned only after that. Events of an attempt that is not the trial's running one change nothing.
class Scheduler {
public:
    /// Throws Error when an id stands twice.
    explicit Scheduler(std::vector<PlannedTrial> trials, SchedulerSettings settings = {});

    /// What to do about `event`, in this order. After Finished nothing more is said.
    std::vector<Action> handle(const Event& event);

    /// `handle` must be given a Tick by then, even when nothing else happens; infinity: no need.
    double next_tick_s() const;

    int waiting() const { return static_cast<int>(queue_.size()); }
    int running() const { return static_cast<int>(running_.size()); }
    int done() const { return done_; }
    int failed() const { return failed_; }
    bool draining() const { return draining_; }
    bool finished() const { return finished_; }

private:
    enum class Phase { waiting, running, committing, done, failed };
    struct TrialState {
        std::string id;
        double expected = 0;
        Phase phase = Phase::waiting;
        int attempt = 0;        ///< the last one made
        int failures_here = 0;  ///< failed attempts of this run
        std::map<std::string, int> failures;
        int rank = -1;            ///< that runs it, or ran it while its result is committed
        std::vector<Slot> slots;  ///< while running
        Phase after_commit = Phase::done;
    };
    struct QueueKey {
        int failures_here;
        double expected;
        std::size_t index;
        bool operator<(const QueueKey& other) const;
    };
    struct RankState {
        std::string node;
        int running = 0;
    };

    void on(const Tick&, double now_s);
    void on(const RankJoined& joined, double now_s);
    void on(const RankLost& lost, double now_s);
    void on(const TrialStarted&, double now_s);
    void on(const TrialProgress&, double now_s);
    void on(const TrialEnded& ended, double now_s);
    void on(const Committed& committed, double now_s);
    void on(const DrainRequested& request, double now_s);

    TrialState* running_attempt(const std::string& trial, int attempt);
    void enqueue(TrialState& trial);
    void release(TrialState& trial, double closed_until_s);
    void watch_for_alike_failures(const TrialState& trial, const TrialEnded& ended);
    void drain();
    void fill_slots(double now_s);
    int idlest_rank(const std::string& node) const;  ///< -1: none lives there
    void finish_if_over();

    SchedulerSettings settings_;
    std::vector<TrialState> trials_;
    std::unordered_map<std::string, std::size_t> index_;
    std::set<QueueKey> queue_;
    std::set<std::size_t> running_, committing_;
    std::map<int, RankState> ranks_;              ///< that live
    std::map<std::string, std::set<int>> nodes_;  ///< every node ever seen, and its living ranks
    std::set<Slot> free_;
    std::multimap<double, Slot> closed_;  ///< until when, seconds
    std::vector<Action> actions_;
    int done_ = 0, failed_ = 0;
    std::set<std::string> failed_alike_;  ///< trials
    configs::Failure first_failure_;
    bool unlike_seen_ = false, stopped_alike_ = false;
    bool draining_ = false, finished_ = false;
    std::string reason_;
};

}  // namespace attnsweep::scheduler
