#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/events.h"
#include "scheduler/places.h"

namespace attnsweep::scheduler {

/// A trial that is neither done nor set aside when the sweep begins.
struct PlannedTrial {
    std::string id;
    double expected = 0;                  ///< seconds left, or any one unit: the longest goes first
    int attempts = 0;                     ///< number of the last attempt made in earlier runs; 0: none
    std::map<std::string, int> failures;  ///< of earlier runs, by kind
    std::string configuration;            ///< trials of one take as long and as much memory; empty: of its own
    Memory memory;                        ///< at its peak, estimated; what is measured takes its place
    double first_checkpoint_s = 0;        ///< from its first batch to its next checkpoint, at least
};

struct SchedulerSettings {
    /// How long the slots of a lost rank stay closed at most, so that what it ran can leave a checkpoint and end. Seconds.
    double lost_rank_grace_s = 30;
    /// So many trials that are the first to end, all failing with the same message, stop the sweep; 0: never.
    int alike_failures_to_stop = 5;
    /// When the machine is taken away, on the events' clock; infinity: never. Everything is drained `drain_s` before, and
    /// nothing is started that would not have reached a checkpoint by then.
    double ends_at_s = std::numeric_limits<double>::infinity();
    double drain_s = 0;
    /// From an order to the trial's first batch, until that has been measured.
    double startup_s = 0;
};

/// Which trial runs where and when: a pure function of events to actions, without I/O, clock or thread. Driven by a
/// transport in production, by a recorder in tests, by a virtual clock in a simulation. Not thread-safe.
///
/// Longest expected first, trials that have failed in this run after those that have not. A trial goes to the device with the
/// fewest trials, and there to the live rank of its node that runs the least. Devices are shared only as far as memory
/// reaches (places.h). A failed attempt is committed like a result; its next attempt is assigned only after that. One that ran
/// out of memory is tried again alone on a device, which is kept free for it. Events of an attempt that is not the trial's
/// running one change nothing.
class Scheduler {
public:
    /// Throws Error when an id stands twice.
    explicit Scheduler(std::vector<PlannedTrial> trials, SchedulerSettings settings = {});

    /// What to do about `event`, in this order. After Finished nothing more is said.
    std::vector<Action> handle(const Event& event);

    /// `handle` must be given a Tick by then, even when nothing else happens; infinity: no need.
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
        double planned = 0, expected = 0;
        Phase phase = Phase::waiting, after_commit = Phase::done;
        int attempt = 0;        ///< the last one made
        int failures_here = 0;  ///< failed attempts of this run
        int configuration = 0;
        bool alone = false;  ///< it ran out of memory before
        bool heard = false;  ///< this attempt has said something
        std::map<std::string, int> failures;
        int rank = -1;  ///< that runs it, or ran it while it is ending or its result is committed
        double assigned_s = 0;
        Places::Place place;  ///< while running; the one it had while ending
    };
    struct Configuration {
        Memory estimated, measured;
        double first_checkpoint_s = 0;
        std::vector<std::size_t> trials;
    };
    struct QueueKey {
        int failures_here;
        double expected;
        std::size_t index;
        bool operator<(const QueueKey& other) const;
    };
    struct RankState {
        std::string node;
        std::set<std::size_t> running;
    };

    void on(const Tick&, double now_s);
    void on(const RankJoined& joined, double now_s);
    void on(const RankLost& lost, double now_s);
    void on(const AttemptExited& gone, double now_s);
    void on(const TrialStarted&, double now_s);
    void on(const TrialProgress& progress, double now_s);
    void on(const SlotReleased& freed, double now_s);
    void on(const TrialEnded& ended, double now_s);
    void on(const Committed& committed, double now_s);
    void on(const ExpectationChanged& changed, double now_s);
    void on(const DrainRequested& request, double now_s);

    TrialState* attempt_in(Phase phase, const std::string& trial, int attempt);
    bool nothing_under_way() const { return running_ == 0 && ending_trials_.empty() && committing_.empty(); }
    QueueKey key_of(const TrialState& trial) const;
    void enqueue(TrialState& trial);
    void release(TrialState& trial, double closed_until_s);
    void failed(TrialState& trial, const configs::Failure& failure, Places::Device device);
    void learn_from_want_of_memory(const TrialState& trial, Places::Device device);
    void learn_peak(TrialState& trial, const Memory& peak);
    Memory need_of(const TrialState& trial) const;
    void watch_for_alike_failures(const TrialState& trial, const TrialEnded& ended);
    void drain();
    void look_at_the_clock(double now_s);
    bool in_time(const TrialState& trial, double now_s) const;
    bool nothing_in_time(double now_s) const;
    void fill_slots(double now_s);
    bool start(TrialState& trial, double now_s);
    int idlest_rank(const std::string& node) const;
    void end_without_devices();
    void finish_if_over();

    SchedulerSettings settings_;
    std::vector<TrialState> trials_;
    std::vector<Configuration> configurations_;
    std::unordered_map<std::string, std::size_t> index_;
    std::unordered_map<std::string, int> configuration_;
    std::set<QueueKey> queue_;
    std::set<std::size_t> ending_trials_, committing_;
    std::map<int, RankState> ranks_;                        ///< that live
    std::unordered_map<std::string, std::set<int>> nodes_;  ///< every node ever seen, and its living ranks
    Places places_;
    struct Closed {
        Places::Place place;
        double until_s = 0;
    };
    std::map<std::pair<std::size_t, int>, Closed> closed_;  ///< by trial and attempt, of lost ranks
    std::vector<Action> actions_;
    int running_ = 0, done_ = 0, failed_ = 0;
    double startup_s_, least_first_checkpoint_s_ = std::numeric_limits<double>::infinity();
    std::set<std::string> failed_alike_;  ///< trials
    configs::Failure first_failure_;
    bool unlike_seen_ = false;
    std::optional<SweepEnding> ending_;  ///< when it is not told by the counts
    bool draining_ = false, finished_ = false;
    std::string reason_, device_fault_;
};

}  // namespace attnsweep::scheduler
