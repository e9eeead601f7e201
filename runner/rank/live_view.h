#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "runner/planning/expected_duration.h"
#include "runner/protocol.h"
#include "scheduler/events.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// What rank 0 knows of a running sweep, gathered for `status`: told of all that happens, asked for the whole once a second.
/// On the loop's thread alone.
class LiveView {
public:
    using Clock = std::chrono::steady_clock;

    void sweep_begins(const configs::Sweep& sweep, int done_before);
    /// A trial that is left to run.
    void left(const configs::Trial& trial, const ExpectedDuration& duration);
    /// An earlier run's, too.
    void failed(const std::string& trial, const std::string& label, const configs::Failure& failure, bool again,
                const std::string& log);

    void node_joined(const std::string& node, int slots, int devices = 0);
    void device_disabled(const std::string& node, int device);
    void rank_lost(int rank);
    void assigned(const std::string& trial, int attempt, int rank, const scheduler::Slot& slot);
    void noted(const std::string& trial, const std::string& text);
    void began(const std::string& trial);
    void happened(const TrialEvent& event);
    void freed(const std::string& trial);  ///< its slot may be another's before `ended`
    void ended(const std::string& trial, scheduler::Ending ending);
    void committed(const std::string& trial);  ///< after `failed`, if it did
    void drains(const std::string& reason);
    void sweep_ended(int exit_code);

    bool changed() const { return changed_; }
    store::LiveStatus status();  ///< but for who writes it and when

private:
    enum class Phase { waiting, placed, committing, done, failed };
    struct Trial {
        std::string label;
        double planned_s = 0, factor = 0;
        Phase phase = Phase::waiting, after = Phase::done;  ///< after: once its result is committed
        scheduler::Slot slot;
        int rank = -1;
        Clock::time_point begun;
        int epochs_here = 0, first_epoch = 0;
        double epochs_s = 0;
        std::string last_failure;  ///< its kind
        store::LiveSlot live;

        double share() const;       ///< of its epochs behind it
        double share_here() const;  ///< of that, by this attempt
        double runs_s() const;
    };

    Trial* find(const std::string& id);
    void leave_slot(const std::string& id, const Trial& trial);
    std::string why_it_waits(const Trial& trial, bool slot_is_free) const;

    std::map<std::string, Trial> trials_;  ///< by id
    std::vector<std::string> order_;       ///< ids, the longest first once sorted_
    bool sorted_ = false;
    double planned_s_ = 0, planned_low_s_ = 0, planned_high_s_ = 0;
    struct SlotState {
        std::string trial;  ///< empty: free
        bool set_aside = false;
        int number = 0;  ///< within its node
    };
    std::map<scheduler::Slot, SlotState> slots_;
    store::LiveStatus status_;
    int done_before_ = 0;
    bool changed_ = true;
};

}  // namespace attnsweep::runner
