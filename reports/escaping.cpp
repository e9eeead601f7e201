#include "reports/escaping.h"

#include <algorithm>
#include <cstdint>

namespace attnsweep::reports {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;  // 0: not UTF-8 here
};

CodePoint code_point_at(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return {first, 1};
    const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xC2 && first < 0xE0 ? 2
                                                               : 0;
    if (length == 0 || at + length > text.size())
        return {};
    std::uint32_t value = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80)
            return {};
        value = value << 6 | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (overlong || (value >= 0xD800 && value < 0xE000) || value > 0x10FFFF)
        return {};
    return {value, length};
}

bool is_unseen(std::uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

bool is_word(char letter)
{
    return std::isalnum(static_cast<unsigned char>(letter)) != 0;
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        if (point.bytes == 0) {
            out += replacement;
            ++at;
            continue;
        }
        if (point.value == '\t' || point.value == '\n' || point.value == '\r')
            out += ' ';
        else if (is_unseen(point.value))
            out += replacement;
        else
            out += text.substr(at, point.bytes);
        at += point.bytes;
    }
    return out;
}

std::string markdown_escaped(std::string_view text)
{
    const std::string clean = printable(text);
    std::string out;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const char letter = clean[i];
        const bool inside_word = i > 0 && i + 1 < clean.size() && is_word(clean[i - 1]) && is_word(clean[i + 1]);
        if (letter == '<')
            out += "&lt;";
        else if (letter == '>')
            out += "&gt;";
        else if (letter == '&')
            out += "&amp;";
        else if (std::string_view("\\`*[]|~#!").find(letter) != std::string_view::npos ||
                 (letter == '_' && !inside_word))
            out += std::string("\\") + letter;
        else
            out += letter;
    }
    return out;
}

std::string csv_field(std::string_view text, bool is_number)
{
    std::string field = is_number ? std::string(text) : printable(text);
    // A blank before the sign does not stop every spreadsheet.
    const std::size_t first = field.find_first_not_of(' ');
    if (!is_number && first != std::string::npos &&
        std::string_view("=+-@").find(field[first]) != std::string_view::npos)
        field.insert(field.begin(), '\'');
    if (field.find_first_of(",\"\n\r;") == std::string::npos &&
        (field.empty() || (field.front() != ' ' && field.back() != ' ')))
        return field;
    std::string quoted = "\"";
    for (const char letter : field)
        quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return quoted + "\"";
}

std::string gnuplot_string(std::string_view text)
{
    // Within single quotes gnuplot reads nothing but a doubled quote.
    std::string quoted = "'";
    for (const char letter : printable(text))
        quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    return quoted + "'";
}

std::size_t display_width(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

}  // namespace attnsweep::reports
