#pragma once

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

namespace attnsweep::runner {

// For CLI11's check(): each returns what is wrong with an option's text, or an empty string. The messages of CLI11's own checks
// show the range of a double, 309 digits long.

/// Validates a whole number from 0 up.
inline std::string wrong_count(const std::string& text)
{
    const bool digits = !text.empty() && text.size() <= 9 && (text[0] != '0' || text.size() == 1) &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string() : "'" + text + "': expected a whole number from 0 to 999999999";
}

/// Validates a seed of random numbers.
inline std::string wrong_seed(const std::string& text)
{
    unsigned seed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    return error == std::errc{} && end == text.data() + text.size()
               ? std::string()
               : "'" + text + "': expected a whole number from 0 to 4294967295";
}

/// Validates a whole number from 1 up.
inline std::string wrong_whole_number(const std::string& text)
{
    return wrong_count(text).empty() && text != "0" ? std::string()
                                                    : "'" + text + "': expected a whole number from 1 to 999999999";
}

/// Validates one of several comma-separated whole numbers from 1 up.
inline std::string wrong_whole_numbers(const std::string& text)
{
    return wrong_whole_number(text).empty()
               ? std::string()
               : "'" + text + "': expected whole numbers from 1 up, several with commas, such as 8,16,64";
}

/// Validates a number that is not negative, such as a time in seconds.
inline std::string wrong_amount(const std::string& text)
{
    double number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good = error == std::errc{} && end == text.data() + text.size() && number >= 0 && number <= 1e9;
    return good ? std::string() : "'" + text + "': expected a number from 0 to 1000000000";
}

/// Validates a number above 0, such as a frequency.
inline std::string wrong_positive_amount(const std::string& text)
{
    return wrong_amount(text).empty() && std::strtod(text.c_str(), nullptr) > 0
               ? std::string()
               : "'" + text + "': expected a number above 0, to 1000000000";
}

/// Validates the name of a device, of all that are usable, or of one GPU.
inline std::string wrong_device(const std::string& text)
{
    const bool is_one_gpu = text.starts_with("cuda:") && wrong_count(text.substr(5)).empty();
    return text == "auto" || text == "cpu" || text == "cuda" || is_one_gpu
               ? std::string()
               : "'" + text + "': expected auto, cpu, cuda or cuda:N";
}

}  // namespace attnsweep::runner
