#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/deadline.h"
#include "scheduler/device_speed.h"
#include "scheduler/events.h"
#include "scheduler/identical_failures.h"
#include "scheduler/live_ranks.h"
#include "scheduler/memory_model.h"
#include "scheduler/places.h"
#include "scheduler/trial_queue.h"

namespace attnsweep::scheduler {

/// A trial that is neither done nor given up when the sweep begins.
struct PlannedTrial {
    std::string id;
    double expected = 0;  ///< seconds left on `devices_per_trial` devices (auto: on one), or another common unit
    int attempts = 0;     ///< number of the last attempt made in earlier runs; 0: none
    configs::FailureCounts failures;  ///< of earlier runs, by kind
    std::string configuration;        ///< its trials take equal time and memory; empty: one of its own
    Memory memory;                    ///< estimated peak, replaced by the measured one
    double first_checkpoint_s = 0;    ///< from its first batch to its next checkpoint, at least
    bool is_begun = false;            ///< has a checkpoint to go on from: starts before those that have none
    int most_devices = 1 << 20;       ///< on which it can train together: it has no more clips in a batch
};

/// Settings that may differ between sweeps.
struct SchedulerSettings {
    /// Longest time for which the slots of a lost rank stay closed, so that its trials can write a checkpoint and end.
    double lost_rank_grace_s = 30;
    /// The sweep stops when this many trials end first and all fail with the same message; 0: never.
    int alike_failures_to_stop = 5;
    /// The time limit, on the events' clock; infinity: none. Everything is drained `drain_s` before, and nothing is
    /// started that would not reach a checkpoint by then.
    double ends_at_s = std::numeric_limits<double>::infinity();
    double drain_s = 0;
    /// From an assignment to the trial's first batch, until that has been measured.
    double startup_s = 0;
    /// Devices of a node on which each trial trains; 0: "auto" (tail_plan.h), which takes `expected` as seconds.
    int devices_per_trial = 1;
    DeviceSpeed speed{};  ///< for "auto"
};

/// Decides which trial runs where and when: a pure function of events to actions, without I/O, clock or thread. Driven
/// by a transport in production, by a recorder in tests, by a virtual clock in a simulation. Not thread-safe.
///
/// Waiting trials start in the order of trial_queue.h. A trial goes to the device with the fewest trials, and there to
/// the live rank of its node that runs the fewest. Devices are shared only if memory suffices (places.h,
/// memory_model.h), and nothing is started that reaches no checkpoint before the time limit (deadline.h). A failed
/// attempt is committed like a result; its next attempt is assigned only after that (failure_policy.h decides whether
/// there is one). A trial that ran out of memory is retried alone on its devices, which are reserved for it. A trial on several
/// devices has them from its start to its end; those of a node are reserved for one that waits for them, so that others do not take
/// them one by one. With "auto" several are given only once fewer trials wait than there are slots, and what waits is planned
/// together at each event, so that a free device is kept for a trial only where all end earlier for it. When the first
/// trials all fail with the same failure, the sweep stops (identical_failures.h). Events of attempts other than a
/// trial's running one are ignored.
class Scheduler {
public:
    /// Throws Error when two trials have the same id.
    explicit Scheduler(std::vector<PlannedTrial> trials, const SchedulerSettings& settings = {});

    /// Returns what to do about `event`, in this order. After Finished nothing more is returned.
    std::vector<Action> handle(const Event& event);

    /// Returns when `handle` must be given a Tick at the latest, even if nothing else happens; infinity: not needed.
    double next_tick_s() const;

    int waiting() const { return static_cast<int>(queue_.size()); }
    int running() const { return static_cast<int>(running_.size()); }
    int ending() const { return static_cast<int>(ending_trials_.size()); }  ///< after SlotReleased, before TrialEnded
    int done() const { return done_; }
    int failed() const { return failed_; }
    bool draining() const { return draining_; }
    bool finished() const { return finished_; }

private:
    enum class Phase { waiting, running, ending, committing, done, failed };
    struct TrialState {
        std::string id;
        double planned = 0;  ///< duration, before any epoch was measured
        Phase phase = Phase::waiting, after_commit = Phase::done;
        int attempt = 0;  ///< the last one made
        std::size_t configuration = 0;
        bool heard = false;               ///< this attempt has sent an event
        configs::FailureCounts failures;  ///< over all runs, by kind
        int rank = -1;                    ///< that runs it, or ran it while it is ending or its result is committed
        double assigned_s = 0;
        Places::Taken places;  ///< while running; those it had while ending
        int most_devices = 1;
    };

    void on(const Tick&, double now_s);
    void on(const RankJoined& joined, double now_s);
    void on(const RankLost& lost, double now_s);
    void on(const AttemptExited& gone, double now_s);
    void on(const TrialProgress& progress, double now_s);
    void on(const SlotReleased& freed, double now_s);
    void on(const TrialEnded& ended, double now_s);
    void on(const Committed& committed, double now_s);
    void on(const ExpectationChanged& changed, double now_s);
    void on(const DrainRequested& request, double now_s);

    TrialState* attempt_in(Phase phase, const std::string& trial, int attempt);
    std::size_t number_of(const TrialState& trial) const { return static_cast<std::size_t>(&trial - trials_.data()); }
    bool nothing_under_way() const { return running_.empty() && ending_trials_.empty() && committing_.empty(); }
    void enqueue(TrialState& trial);
    void release(TrialState& trial, double closed_until_s = 0);
    void failed(TrialState& trial, const configs::Failure& failure);
    void stop(SweepEnding ending, const std::string& reason);
    void drain(const std::string& reason);
    void look_at_the_clock(double now_s);
    bool nothing_in_time(double now_s) const;
    void fill_slots(double now_s, bool is_progress);
    void start_reserved(double now_s);
    bool fill_tail(double now_s, bool is_news);
    void take_reserved(std::vector<NodeSlots>& nodes, double now_s) const;
    double free_at_s(const TrialState& trial, double now_s) const;
    bool start(TrialState& trial, double now_s, int devices);
    int devices_of_each() const { return std::max(settings_.devices_per_trial, 1); }
    void end_without_devices();
    void finish_if_over();

    SchedulerSettings settings_;
    std::vector<TrialState> trials_;
    std::unordered_map<std::string, std::size_t> index_;           ///< of trials, by id
    std::unordered_map<std::string, std::size_t> configurations_;  ///< numbers, by name
    std::vector<std::vector<std::size_t>> trials_of_;              ///< by configuration
    TrialQueue queue_;
    MemoryModel memory_;
    Deadline deadline_;
    IdenticalFailures identical_failures_;
    LiveRanks ranks_;
    Places places_;
    std::set<std::size_t> running_, ending_trials_, committing_;
    std::vector<Action> actions_;
    int done_ = 0, failed_ = 0;
    double keeps_until_s_ =
        std::numeric_limits<double>::infinity();  ///< free slots, for trials that wait for others beside them
    std::optional<SweepEnding> ending_;           ///< if the counts do not determine it
    bool draining_ = false, finished_ = false;
    bool others_follow_ = false;  ///< the last rank that joined said so
    bool could_start_ = false;    ///< a node had as many devices as each trial takes
    std::string reason_, device_fault_;
};

}  // namespace attnsweep::scheduler
