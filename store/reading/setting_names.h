#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::store {

// A tag of a sweep's run is named "tag.KEY". Settings of trials that trial_overview has no column for can be named as in a sweep file, "model.kernel_size", or by their
// last word alone where that is no column: they are read from the trial's recorded settings.

/// Returns the SQL expression that a name stands for: a column of `known`, or a setting. Nothing if it is neither.
std::optional<std::string> expression_of(const std::string& name, const std::vector<std::string>& known);

/// Replaces the names of settings in an SQL condition by what they stand for; strings, quoted names and comments stay as
/// they are.
std::string with_settings(std::string_view condition, const std::vector<std::string>& known);

/// Returns the `most` columns and settings whose names are nearest to `name`, the nearest first.
std::vector<std::string> nearest_names(const std::string& name, const std::vector<std::string>& known,
                                       std::size_t most);

/// Returns a hint if a condition compares a share (accuracy and the like, 0 to 1) with a number above 1, which is meant in
/// percent; else nothing.
std::string percent_hint(std::string_view condition);

}  // namespace attnsweep::store
