#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

/// Names the id within a page under which the trials of the sweep's n-th configuration (from 0) stand.
std::string configuration_anchor(std::size_t index);

/// Names the id within a page under which one trial stands.
std::string trial_anchor(const std::string& trial_id);

}  // namespace attnsweep::reports
