#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

struct ConfigurationComparison;

inline constexpr double one_point = 0.01;  ///< one percentage point of a metric in 0..1

/// Describes what the numbers of one comparison mean: different or not separable, by how much, and what would tell
/// more. `asked`: the number of comparisons asked for together. `b`: the name of B. `effect`: the difference for which the
/// repeats needed are told, in 0..1.
std::string verdict(const ConfigurationComparison& comparison, std::size_t asked, const std::string& b = "B",
                    double effect = one_point);

}  // namespace attnsweep::reports
