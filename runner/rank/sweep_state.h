#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "runner/planning/remaining_trials.h"
#include "runner/protocol.h"
#include "scheduler/events.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// Counts of a sweep's trials, those done in earlier runs included.
struct SweepCounts {
    int done = 0, total = 0, running = 0, failed = 0;
    double left_s = -1;  ///< estimated; negative: not known yet
};

/// Holds what rank 0 knows of the trials and slots of a running sweep, in one place: the coordinator applies each event once,
/// and the console (progress.h) and status.json (live_view.h) render the result. What runs next is the scheduler's to
/// decide. Events of trials that are not left to run change nothing. Used only on the loop's thread.
class SweepState {
public:
    using Clock = std::chrono::steady_clock;

    /// assigned: its process may still wait for that of an earlier attempt. ending: its slot is free, but how it ended is still
    /// being judged. committing: it has ended, but its result is not in the store yet.
    enum class Phase { waiting, assigned, running, ending, committing, done, failed };

    struct Trial {
        std::string label;
        double planned_s = 0;       ///< from its first epoch to its end
        double planned_left_s = 0;  ///< of planned_s, when the run began
        Phase phase = Phase::waiting;
        Phase after_commit = Phase::done;  ///< the phase that follows committing
        std::optional<configs::FailureKind> last_failure;
        double factor = 0;  ///< of a done trial: time taken / time planned; 0: not known
        // Of the newest attempt.
        int attempt = 0, rank = -1;
        std::vector<scheduler::Slot> slots;
        double speed = 1;  ///< on these slots, as a multiple of what was planned
        std::string log, note;
        Clock::time_point started;
        int first_epoch = 0;  ///< epochs done by earlier attempts
        int epoch = 0, max_epochs = 0;
        std::int64_t batch = 0, batches = 0;
        double train_loss = -1, validation_accuracy = -1;  ///< negative: not known yet
        int epochs_here = 0;
        double epochs_s = 0;  ///< duration of these epochs

        double share_done() const;      ///< of all its epochs, 0..1
        double share_at_start() const;  ///< of share_done(): by earlier attempts
        double runs_s() const;          ///< 0 before its process has started
        double left_s() const;          ///< to its last epoch; negative: not known yet
        bool has_started() const { return phase == Phase::running || phase == Phase::ending; }
        /// Returns whether this is its first slot: what stands for each trial once stands there.
        bool begins_at(const scheduler::Slot& slot) const { return !slots.empty() && slots.front() == slot; }
    };

    struct Slot {
        std::string trial;      ///< id; empty: free
        bool disabled = false;  ///< whether its device is
        int number = 0;         ///< within its node
    };

    /// All trials of `sweep` that `remaining` has durations for wait; its failures of earlier runs count as failed.
    SweepState(const configs::Sweep& sweep, const RemainingTrials& remaining);

    // ---- events

    /// Returns whether it is the first time for this node. `devices` 0: as many as slots.
    bool node_ready(const std::string& node, int slots, int devices = 0);
    void device_disabled(const std::string& node, int device);
    /// `speed`: of the trial on these slots, as a multiple of what was planned.
    void assigned(const std::string& trial, int attempt, int rank, const std::vector<scheduler::Slot>& slots,
                  double speed = 1);
    void noted(const std::string& trial, const std::string& text);
    void attempt_started(const std::string& trial);
    void event_reported(const TrialEvent& event);
    void slot_released(const std::string& trial);  ///< before attempt_ended, if at all
    void attempt_ended(const std::string& trial, scheduler::Ending ending, const std::string& log = {});
    void failed(const std::string& trial, const configs::Failure& failure,
                bool again);  ///< between attempt_ended and committed
    void committed(const std::string& trial);
    /// Returns the ids of the trials whose started attempts the rank's loss interrupts. All trials assigned to it wait again.
    std::vector<std::string> rank_lost(int rank);
    void draining(const std::string& reason);
    void sweep_ended(int exit_code);

    // ---- the result

    /// Returns null for a trial that is not left to run.
    const Trial* find(const std::string& trial) const;
    const Trial& at(const std::string& trial) const { return trials_.at(trial); }
    const std::string& name() const { return name_; }
    int devices_per_trial() const { return devices_per_trial_; }  ///< 0: "auto"
    const std::map<scheduler::Slot, Slot>& slots() const { return slots_; }
    const std::vector<std::string>& starting_order() const { return order_; }  ///< ids
    const std::vector<store::LiveFailure>& failures() const { return failures_; }
    bool retry_may_help() const;  ///< whether a trial was given up for what may not happen again
    const std::optional<std::string>& drain_reason() const { return drain_reason_; }
    const std::optional<int>& exit_code() const { return exit_code_; }
    int total() const { return total_; }
    int done() const { return done_; }
    int done_here() const { return done_ - done_before_; }  ///< by this run
    int failed() const { return failed_; }                  ///< given up
    /// Returns how far off the plan may be, as factors on its durations.
    double planned_low() const { return planned_low_; }
    double planned_high() const { return planned_high_; }
    /// `elapsed_s`: since the run began; the time left is estimated from what was done in it.
    SweepCounts counts(double elapsed_s) const;
    /// Grows with each event.
    std::uint64_t version() const { return version_; }

private:
    Trial* change(const std::string& trial);
    void leave_slot(const std::string& id, const Trial& trial);
    void forget_failures_of(const std::string& label);

    std::string name_;
    int devices_per_trial_ = 1;
    int total_ = 0, done_ = 0, done_before_ = 0, failed_ = 0;
    std::map<std::string, Trial> trials_;  ///< by id
    std::vector<std::string> order_;
    std::map<scheduler::Slot, Slot> slots_;
    std::vector<store::LiveFailure> failures_;
    std::optional<std::string> drain_reason_;
    std::optional<int> exit_code_;
    double planned_low_ = 0.5, planned_high_ = 2;
    double planned_total_s_ = 0, planned_ended_s_ = 0;
    std::uint64_t version_ = 1;
};

}  // namespace attnsweep::runner
