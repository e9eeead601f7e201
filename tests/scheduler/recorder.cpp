#include "recorder.h"

#include <sstream>

#include <gtest/gtest.h>

namespace attnsweep::scheduler {

namespace {

struct Describe {
    std::ostringstream& out;
    void operator()(const Assign& a) const
    {
        out << "Assign rank " << a.rank << " attempt " << a.assignment.attempt << " of " << a.assignment.trials.at(0);
        for (const Slot& slot : a.assignment.slots) {
            out << " on " << slot.node << ":" << slot.device << "." << slot.place;
        }
    }
    void operator()(const CommitResult& a) const { out << "CommitResult " << a.trial << " attempt " << a.attempt; }
    void operator()(const Acknowledge& a) const { out << "Acknowledge " << a.trial << " to rank " << a.rank; }
    void operator()(const WatchEnding& a) const
    {
        out << "WatchEnding rank " << a.rank << " attempt " << a.attempt << " of " << a.trial;
    }
    void operator()(const DrainTrials& a) const { out << "DrainTrials rank " << a.rank; }
    void operator()(const TrialSetBack& a) const
    {
        out << "TrialSetBack " << a.trial << (a.again ? " again" : " for good");
    }
    void operator()(const DeviceDisabled& a) const { out << "DeviceDisabled " << a.node << ":" << a.device; }
    void operator()(const Finished& a) const
    {
        out << "Finished " << static_cast<int>(a.ending) << " done " << a.done << " failed " << a.failed << " left "
            << a.left;
    }
};

}  // namespace

std::string describe(const Action& action)
{
    std::ostringstream out;
    std::visit(Describe{out}, action);
    return out.str();
}

Recorder::Recorder(std::vector<PlannedTrial> trials, const SchedulerSettings& settings)
    : scheduler_(std::move(trials), settings)
{
}

void Recorder::end(const std::string& trial, int attempt, Ending ending, configs::Failure failure)
{
    tell(TrialEnded{trial, attempt, ending, std::move(failure)});
    if (ending != Ending::drained) {
        tell(Committed{trial, attempt});
    }
}

std::vector<std::string> Recorder::take_assigned()
{
    std::vector<std::string> ids;
    for (auto action = actions_.begin(); action != actions_.end();) {
        if (const auto* assign = std::get_if<Assign>(&*action)) {
            ids.push_back(assign->assignment.trials.at(0));
            action = actions_.erase(action);
        } else {
            ++action;
        }
    }
    return ids;
}

void Recorder::take_acknowledgements()
{
    std::erase_if(actions_, [](const Action& action) {
        return std::holds_alternative<CommitResult>(action) || std::holds_alternative<Acknowledge>(action);
    });
}

void Recorder::nothing_more()
{
    for (const Action& action : actions_) {
        ADD_FAILURE() << "unexpected action: " << describe(action);
    }
    actions_.clear();
}

void Recorder::record(std::vector<Action> actions)
{
    actions_.insert(actions_.end(), actions.begin(), actions.end());
}

void Recorder::expected(const char* kind) const
{
    ADD_FAILURE() << "expected " << kind << ", got " << (actions_.empty() ? "nothing" : describe(actions_.front()));
}

PlannedTrial planned(const std::string& id, double expected, int attempts, configs::FailureCounts failures)
{
    return {id, expected, attempts, std::move(failures), {}, {}, 0};
}

}  // namespace attnsweep::scheduler
