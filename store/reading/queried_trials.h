#pragma once

#include <string>
#include <vector>

#include "store/reading/sweeps.h"
#include "store/store.h"

namespace attnsweep::store {

/// Returns, as an SQL subquery in brackets, the rows of trial_overview that a query is about: of each sweep that the lists name (NAME,
/// NAME@N, several with commas; none: of all) the newest revision's trials, or all; of NAME@N that revision's, as it names
/// them. `columns`: of trial_overview. Throws Error for an unknown sweep.
/// Hidden trials and sweeps are left out unless `with_hidden`; a hidden sweep that is named is shown.
std::string queried_trials(const Store& store, const std::vector<std::string>& sweeps, Revisions revisions,
                           const std::vector<std::string>& columns, bool with_hidden = false);

}  // namespace attnsweep::store
