#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace attnsweep::configs {

/// Returns a number as TOML writes it, if the text is one as people and other programs write it: .001, 1., 01, +.5, 1.e-3.
std::optional<std::string> toml_number(std::string_view text);

/// A number that TOML takes for none.
struct WrongNumber {
    std::string written;
    std::size_t column = 1;  ///< of its first byte, from 1
};

/// Returns the first number of a line of TOML that TOML takes for none; nullopt if there is none. What stands in quotes or in a
/// comment is no number, nor is the left side of a =.
std::optional<WrongNumber> first_wrong_number(std::string_view line);

}  // namespace attnsweep::configs
