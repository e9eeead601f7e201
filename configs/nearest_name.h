#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::configs {

/// Returns Levenshtein's distance: the insertions, deletions and replacements of one character that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Returns the element of `words` (not empty) with the smallest edit distance to `word`; on a tie the first.
std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

/// Returns the known name with the smallest edit distance to `name`; empty when all differ in more than half of `name`.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

std::string joined(const std::vector<std::string>& names, std::string_view separator = ", ");
/// Returns the first `most` names, comma-separated, and how many more there are: "a, b and 98 more".
std::string first_joined(const std::vector<std::string>& names, std::size_t most);

}  // namespace attnsweep::configs
