#include "reports/tables/escaping.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "configs/printable.h"

namespace attnsweep::reports {

using configs::code_point_at;
using configs::CodePoint;
using configs::printable;

namespace {

std::string latex_ascii(char letter)
{
    switch (letter) {
    case '\\':
        return "\\textbackslash{}";
    case '{':
    case '}':
    case '$':
    case '&':
    case '#':
    case '%':
    case '_':
        return std::string("\\") + letter;
    case '^':
        return "\\textasciicircum{}";
    case '~':
        return "\\textasciitilde{}";
    case '<':
        return "\\textless{}";
    case '>':
        return "\\textgreater{}";
    case '|':
        return "\\textbar{}";
    case '"':  // ligatures and accents of the fonts, and quotes that packages make active
        return "\\char34{}";
    case '`':
        return "\\char96{}";
    case '-':
        return "-{}";
    default:
        return std::string(1, letter);
    }
}

/// What our own words use; empty for others.
std::string latex_symbol(std::uint32_t point)
{
    constexpr std::array<std::uint32_t, 10> superscripts{0x2070, 0xB9,   0xB2,   0xB3,   0x2074,
                                                         0x2075, 0x2076, 0x2077, 0x2078, 0x2079};
    for (std::size_t digit = 0; digit < superscripts.size(); ++digit) {
        if (superscripts.at(digit) == point) {
            return fmt::format("\\textsuperscript{{{}}}", digit);
        }
    }
    switch (point) {
    case 0xA0:
        return "~";
    case 0xB1:
        return "$\\pm$";
    case 0xD7:
        return "$\\times$";
    case 0x2013:
        return "--";
    case 0x2212:
        return "$-$";
    default:
        return {};
    }
}

/// Letters of Latin-1 that the fonts of a plain document class lack.
bool is_outside_old_fonts(std::uint32_t point)
{
    return point == 0xD0 || point == 0xDE || point == 0xF0 || point == 0xFE || point == 0xD7 || point == 0xF7;
}

bool is_word(char letter)
{
    return std::isalnum(static_cast<unsigned char>(letter)) != 0;
}

}  // namespace

std::string markdown_escaped(std::string_view text)
{
    const std::string clean = printable(text);
    std::string out;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const char letter = clean[i];
        const bool inside_word = i > 0 && i + 1 < clean.size() && is_word(clean[i - 1]) && is_word(clean[i + 1]);
        if (letter == '<') {
            out += "&lt;";
        } else if (letter == '>') {
            out += "&gt;";
        } else if (letter == '&') {
            out += "&amp;";
        } else if (std::string_view("\\`*[]|~#!").find(letter) != std::string_view::npos ||
                   (letter == '_' && !inside_word)) {
            out += std::string("\\") + letter;
        } else {
            out += letter;
        }
    }
    return out;
}

std::string csv_field(std::string_view text, bool is_number)
{
    std::string field = is_number ? std::string(text) : printable(text);
    // A blank before the sign does not stop every spreadsheet.
    const std::size_t first = field.find_first_not_of(' ');
    if (!is_number && first != std::string::npos &&
        std::string_view("=+-@").find(field[first]) != std::string_view::npos) {
        field.insert(field.begin(), '\'');
    }
    if (field.find_first_of(",\"\n\r;") == std::string::npos &&
        (field.empty() || (field.front() != ' ' && field.back() != ' '))) {
        return field;
    }
    std::string quoted = "\"";
    for (const char letter : field) {
        quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    }
    return quoted + "\"";
}

std::string gnuplot_string(std::string_view text)
{
    // Within single quotes gnuplot reads nothing but a doubled quote.
    const std::string clean = printable(text);
    std::string quoted = "'";
    for (std::size_t at = 0; at < clean.size();) {
        const std::size_t bytes = code_point_at(clean, at).bytes;
        if (bytes == 4) {  // an emoji's picture can be drawn over the whole figure: seen with Cairo
            quoted += configs::replacement_character;
        } else {
            quoted += clean[at] == '\'' ? std::string("''") : clean.substr(at, bytes);
        }
        at += bytes;
    }
    return quoted + "'";
}

std::string gnuplot_tic(std::string_view text)
{
    std::string doubled;
    for (const char letter : text) {
        doubled += letter == '%' ? std::string("%%") : std::string(1, letter);
    }
    return gnuplot_string(doubled);
}

std::string html_escaped(std::string_view text)
{
    std::string out;
    for (const char letter : printable(text)) {
        switch (letter) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += letter;
        }
    }
    return out;
}

std::string latex_escaped(std::string_view text)
{
    const std::string clean = printable(text);
    std::string out;
    for (std::size_t at = 0; at < clean.size();) {
        const CodePoint point = code_point_at(clean, at);
        const std::string bytes = clean.substr(at, point.bytes);
        at += point.bytes;
        if (point.value < 0x80) {
            out += latex_ascii(bytes[0]);
        } else if (const std::string known = latex_symbol(point.value); !known.empty()) {
            out += known;
        } else if (point.value >= 0xC0 && point.value <= 0xFF && !is_outside_old_fonts(point.value)) {
            out += bytes;
        } else {
            out += fmt::format("[U+{:04X}]", point.value);
        }
    }
    return out;
}

}  // namespace attnsweep::reports
