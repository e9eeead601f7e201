#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::reports {

/// The known name the fewest single-letter edits away from `name`; empty when none is near (more than half of it differs).
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

std::string joined(const std::vector<std::string>& names, std::string_view separator = ", ");

}  // namespace attnsweep::reports
