#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

struct ConfigurationComparison;

/// Describes what the numbers of one comparison mean: different or not separable, by how much, and what would tell
/// more. `asked`: the number of comparisons asked for together. `b`: the name of B.
std::string verdict(const ConfigurationComparison& comparison, std::size_t asked, const std::string& b = "B");

}  // namespace attnsweep::reports
