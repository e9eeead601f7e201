#include "runner/rank/trial_orders.h"

#include <utility>

namespace attnsweep::runner {

TrialOrders::TrialOrders(RunContext& context) : context_(context)
{
    for (const configs::Trial& trial : context.sweep.trials) {
        if (context.remaining.durations.contains(trial.id)) {
            trials_[trial.id] = {&trial, std::move(context.remaining.earlier_attempts[trial.id]), {}};
        }
    }
}

const configs::Trial* TrialOrders::find(const std::string& trial) const
{
    const auto found = trials_.find(trial);
    return found == trials_.end() ? nullptr : found->second.trial;
}

TrialOrder TrialOrders::next(const std::string& trial, int attempt)
{
    State& state = trials_.at(trial);
    TrialOrder order;
    order.trial = *state.trial;
    order.attempt = attempt;
    order.data_folder = context_.data_folder;
    order.attempt_folder = store::attempt_folder_in(context_.store_folder, trial, attempt);
    order.pending_folder = context_.pending_folder;
    order.earlier_attempts = state.attempts;
    take_settings(order, context_.sweep.execution);
    order.clips_fit = context_.clips_fit.contains(order.trial.configuration);
    state.attempts.insert(state.attempts.begin(), order.attempt_folder);
    return order;
}

void TrialOrders::keep_result(const std::string& trial, Result result)
{
    trials_.at(trial).result = std::move(result);
}

TrialOrders::Result TrialOrders::take_result(const std::string& trial)
{
    return std::exchange(trials_.at(trial).result, {});
}

}  // namespace attnsweep::runner
