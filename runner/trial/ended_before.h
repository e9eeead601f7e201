#pragma once

#include "runner/trial/training.h"

namespace attnsweep::runner {

/// Returns whether an attempt of this trial has ended with success already, and then publishes and announces its result again: the
/// process that wrote it died before it could. Throws files::Error.
bool announce_if_ended_before(const TrialOrder& order, const TrialCallbacks& callbacks);

}  // namespace attnsweep::runner
