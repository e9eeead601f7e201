#pragma once

#include <functional>
#include <string>
#include <vector>

namespace attnsweep::configs {

/// Returns the names in comma-separated lists. A name may itself hold commas: where several words between commas together are
/// one that `is_known`, the longest such name is taken; a word that is in none stands for itself.
std::vector<std::string> names_in(const std::vector<std::string>& lists,
                                  const std::function<bool(const std::string&)>& is_known);

}  // namespace attnsweep::configs
