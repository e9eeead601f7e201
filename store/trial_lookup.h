#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// Answers questions about trials for Store, whose members of like names say what each means. Inside this folder only.

/// Reads the state of each trial, in the order asked for (Store::states). Throws Error.
std::vector<TrialState> trial_states(Connection& connection, const std::vector<std::string>& trial_ids);

/// Reads the ids of all trials whose result counts (Store::done_trials). Throws Error.
std::unordered_set<std::string> done_trial_ids(Connection& connection);

/// Finds a trial by the beginning of its label or id (Store::find_trial). Throws Error (unknown, listing the candidates; damaged).
TrialLocation locate_trial(const Store& store, const std::string& prefix);

}  // namespace attnsweep::store
