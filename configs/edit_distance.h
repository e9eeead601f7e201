#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::configs {

/// Levenshtein's: insertions, deletions and replacements of one character that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `words` (not empty) fewest edits away; the first of equals.
std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

}  // namespace attnsweep::configs
