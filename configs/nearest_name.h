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
/// Of a very long `name` the beginning is compared.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// Returns the `most` names with the smallest edit distances to `name`, the nearest first, at equal ones in the given order; each
/// once. Of a very long `name` the beginning is compared.
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& known, std::size_t most);

std::string joined(const std::vector<std::string>& names, std::string_view separator = ", ");
/// Returns the first `most` names, comma-separated, and how many more there are: "a, b and 98 more".
std::string first_joined(const std::vector<std::string>& names, std::size_t most);

}  // namespace attnsweep::configs
