#pragma once

#include <string>
#include <unordered_set>

#include "configs/sweep.h"

namespace attnsweep::store {

/// Returns the ids of the sweep's trials that meet an SQL condition over their settings (as of a sweep file, or columns of
/// `query`), label, configuration, repeat and trial_id. What only a result has is no column here. Throws Error (bad_query).
std::unordered_set<std::string> trials_where(const configs::Sweep& sweep, const std::string& condition);

}  // namespace attnsweep::store
