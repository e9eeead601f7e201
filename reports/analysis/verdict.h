#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

struct ConfigurationComparison;

/// What the numbers of one comparison mean, in words: different or not separable, by how much, and what would tell more.
/// `asked`: how many comparisons were asked for together. `b`: what to call B.
std::string verdict(const ConfigurationComparison& comparison, std::size_t asked, const std::string& b = "B");

}  // namespace attnsweep::reports
