#pragma once

#include <algorithm>
#include <string>

namespace attnsweep::runner {

/// Validates a whole number from 1 up, for CLI11's check(): returns what is wrong with the text, or an empty string. The message
/// of CLI11's own check shows the range of a double.
inline std::string wrong_whole_number(const std::string& text)
{
    const bool digits = !text.empty() && text.size() <= 9 && text[0] != '0' &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string() : "'" + text + "': expected a whole number from 1 to 999999999";
}

/// Validates one of several comma-separated whole numbers from 1 up, for CLI11's check(): returns what is wrong with the text, or
/// an empty string.
inline std::string wrong_whole_numbers(const std::string& text)
{
    return wrong_whole_number(text).empty()
               ? std::string()
               : "'" + text + "': expected whole numbers from 1 up, several with commas, such as 8,16,64";
}

}  // namespace attnsweep::runner
