#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::configs {

/// Returns Levenshtein's distance: the insertions, deletions and replacements of one character that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Returns the word of `words` (not empty) fewest edits away; the first of equals.
std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

/// Returns the known name fewest edits away; empty when more than half of `name` differs from every one.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

std::string joined(const std::vector<std::string>& names, std::string_view separator = ", ");

}  // namespace attnsweep::configs
