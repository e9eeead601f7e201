#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

struct ConfigurationComparison;

/// What the numbers of one comparison mean, in words: different or not separable, by how much, and what would tell more.
/// `asked`: how many comparisons were asked for together.
std::string verdict(const ConfigurationComparison& comparison, std::size_t asked);

}  // namespace attnsweep::reports
