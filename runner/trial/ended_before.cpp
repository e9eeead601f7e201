#include "runner/trial/ended_before.h"

#include "runner/attempt_files.h"

namespace attnsweep::runner {

bool announce_if_ended_before(const TrialOrder& order, const TrialCallbacks& callbacks)
{
    const auto result = finished_result(order, callbacks.log);
    if (!result) {
        return false;
    }
    callbacks.log(result->string() + ": this trial has ended already; its result is announced again");
    publish_again(order, *result);
    TrialEvent finished;
    finished.kind = TrialEvent::Kind::finished;
    finished.trial_id = order.trial.id;
    finished.attempt = order.attempt;
    finished.path = result->string();
    callbacks.announce(finished);
    return true;
}

}  // namespace attnsweep::runner
