#include "configs/printable.h"

#include <algorithm>

#include <utf8proc.h>

namespace attnsweep::configs {

namespace {

bool is_unseen(std::uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xC2 && first < 0xE0 ? 2
                                                               : 0;
    if (length == 0 || at + length > text.size()) {
        return {};
    }
    std::uint32_t value = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return {};
        }
        value = value << 6 | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (overlong || (value >= 0xD800 && value < 0xE000) || value > 0x10FFFF) {
        return {};
    }
    return {value, length};
}

std::string printable(std::string_view text)
{
    if (std::all_of(text.begin(), text.end(), [](char letter) { return letter >= ' ' && letter <= '~'; })) {
        return std::string(text);
    }
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        if (point.bytes == 0) {
            out += replacement_character;
            ++at;
            continue;
        }
        if (point.value == '\t' || point.value == '\n' || point.value == '\r') {
            out += ' ';
        } else if (is_unseen(point.value)) {
            out += replacement_character;
        } else {
            out += text.substr(at, point.bytes);
        }
        at += point.bytes;
    }
    return out;
}

std::string shell_quoted(std::string_view text)
{
    std::string quoted = "'";
    for (const char letter : text) {
        quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    }
    return quoted + "'";
}

std::string shortened(std::string_view text, std::size_t most)
{
    std::string clean = printable(text);
    if (display_width(clean) <= most) {
        return clean;
    }
    std::size_t end = 0;
    for (std::size_t at = 0; at < clean.size() && display_width(std::string_view(clean).substr(0, at)) + 1 <= most;) {
        end = at;
        at += code_point_at(clean, at).bytes;
    }
    return clean.substr(0, end) + "\xE2\x80\xA6";
}

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        // 0 for a combining mark, 2 for a wide East Asian character; a byte that is no text is shown as one.
        width +=
            point.bytes == 0
                ? 1
                : static_cast<std::size_t>(std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(point.value))));
        at += std::max<std::size_t>(point.bytes, 1);
    }
    return width;
}

}  // namespace attnsweep::configs
