#pragma once

#include <set>
#include <string>
#include <vector>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

/// Drives a Scheduler and keeps what it says. An action that the test did not take is an error of the test: a test ends
/// with `nothing_more()`, so that no unexpected action goes unseen.
class Recorder {
public:
    explicit Recorder(std::vector<PlannedTrial> trials, const SchedulerSettings& settings = {});

    void at(double time_s) { now_s_ = time_s; }
    template <class What> void tell(What what) { record(scheduler_.handle({now_s_, std::move(what)})); }

    /// Ends an attempt and commits what has to be committed.
    void end(const std::string& trial, int attempt, Ending ending = Ending::done, configs::Failure failure = {});

    /// Removes and returns the oldest action, which must be of this kind; a test failure and an empty one otherwise.
    template <class Kind> Kind take();
    /// The ids of the Assign actions to come, all of them taken; other kinds are left.
    std::vector<std::string> take_assigned();
    void take_acknowledgements();  ///< CommitResult and Acknowledge
    void nothing_more();

    Scheduler& scheduler() { return scheduler_; }

private:
    void record(std::vector<Action> actions);
    void expected(const char* kind) const;

    Scheduler scheduler_;
    double now_s_ = 0;
    std::vector<Action> actions_;
};

std::string describe(const Action& action);

template <class Kind> Kind Recorder::take()
{
    if (actions_.empty() || !std::holds_alternative<Kind>(actions_.front())) {
        expected(typeid(Kind).name());
        return {};
    }
    Kind kind = std::get<Kind>(actions_.front());
    actions_.erase(actions_.begin());
    return kind;
}

PlannedTrial planned(const std::string& id, double expected = 1, int attempts = 0,
                     configs::FailureCounts failures = {});

}  // namespace attnsweep::scheduler
