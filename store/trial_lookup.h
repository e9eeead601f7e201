#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// Queries about trials for Store, whose members of similar names describe them. Included only inside this folder.

/// Returns the state of each trial, in the order of the ids (Store::states). Throws Error.
std::vector<TrialState> trial_states(Connection& connection, const std::vector<std::string>& trial_ids);

/// Returns the ids of all done trials (Store::done_trials). Throws Error.
std::unordered_set<std::string> done_trial_ids(Connection& connection);

/// Finds a trial by a prefix of its label or id (Store::find_trial). Throws Error: unknown (listing the candidates),
/// damaged.
TrialLocation locate_trial(const Store& store, const std::string& prefix);

}  // namespace attnsweep::store
