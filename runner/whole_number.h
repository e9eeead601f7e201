#pragma once

#include <algorithm>
#include <string>

namespace attnsweep::runner {

/// For CLI11's check(): what is wrong with a text that is to be a whole number from 1 up; empty: nothing. CLI11's own check
/// answers with the range of a double.
inline std::string wrong_whole_number(const std::string& text)
{
    const bool digits = !text.empty() && text.size() <= 9 && text[0] != '0' &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string() : "'" + text + "': expected a whole number from 1 to 999999999";
}

/// The same of each of several with commas.
inline std::string wrong_whole_numbers(const std::string& text)
{
    return wrong_whole_number(text).empty()
               ? std::string()
               : "'" + text + "': expected whole numbers from 1 up, several with commas, such as 8,16,64";
}

}  // namespace attnsweep::runner
