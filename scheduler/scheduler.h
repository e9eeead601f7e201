#pragma once

#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/deadline.h"
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
    double expected = 0;              ///< seconds left, or another common unit
    int attempts = 0;                 ///< number of the last attempt made in earlier runs; 0: none
    configs::FailureCounts failures;  ///< of earlier runs, by kind
    std::string configuration;        ///< its trials take equal time and memory; empty: one of its own
    Memory memory;                    ///< estimated peak, replaced by the measured one
    double first_checkpoint_s = 0;    ///< from its first batch to its next checkpoint, at least
    bool is_begun = false;            ///< has a checkpoint to go on from: starts before those that have none
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
};

/// Decides which trial runs where and when: a pure function of events to actions, without I/O, clock or thread. Driven
/// by a transport in production, by a recorder in tests, by a virtual clock in a simulation. Not thread-safe.
///
/// Waiting trials start in the order of trial_queue.h. A trial goes to the device with the fewest trials, and there to
/// the live rank of its node that runs the fewest. Devices are shared only if memory suffices (places.h,
/// memory_model.h), and nothing is started that reaches no checkpoint before the time limit (deadline.h). A failed
/// attempt is committed like a result; its next attempt is assigned only after that (failure_policy.h decides whether
/// there is one). A trial that ran out of memory is retried alone on a device, which is reserved for it. When the first
/// trials all fail with the same failure, the sweep stops (identical_failures.h). Events of attempts other than a
/// trial's running one are ignored.
class Scheduler {
public:
    /// Throws Error when two trials have the same id.
    explicit Scheduler(std::vector<PlannedTrial> trials, SchedulerSettings settings = {});

    /// Returns what to do about `event`, in this order. After Finished nothing more is returned.
    std::vector<Action> handle(const Event& event);

    /// Returns when `handle` must be given a Tick at the latest, even if nothing else happens; infinity: not needed.
    double next_tick_s() const;

    int waiting() const { return static_cast<int>(queue_.size()); }
    int running() const { return running_; }
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
        Places::Place place;  ///< while running; the one it had while ending
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
    bool nothing_under_way() const { return running_ == 0 && ending_trials_.empty() && committing_.empty(); }
    void enqueue(TrialState& trial);
    void release(TrialState& trial, double closed_until_s = 0);
    void failed(TrialState& trial, const configs::Failure& failure, Places::Device device);
    void stop(SweepEnding ending, const std::string& reason);
    void drain(const std::string& reason);
    void look_at_the_clock(double now_s);
    bool nothing_in_time(double now_s) const;
    void fill_slots(double now_s);
    bool start(TrialState& trial, double now_s);
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
    std::set<std::size_t> ending_trials_, committing_;
    std::vector<Action> actions_;
    int running_ = 0, done_ = 0, failed_ = 0;
    std::optional<SweepEnding> ending_;  ///< if the counts do not determine it
    bool draining_ = false, finished_ = false;
    std::string reason_, device_fault_;
};

}  // namespace attnsweep::scheduler
