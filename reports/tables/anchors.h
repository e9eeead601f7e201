#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

/// Returns the HTML id of the trials of the sweep's n-th configuration (from 0).
std::string configuration_anchor(std::size_t index);

/// Returns the HTML id of one trial.
std::string trial_anchor(const std::string& trial_id);

}  // namespace attnsweep::reports
