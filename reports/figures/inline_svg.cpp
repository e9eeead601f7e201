#include "reports/figures/inline_svg.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

struct Paint {
    int red, green, blue;
    const char* variable;
};

constexpr std::array<Paint, 12> paints{{{0x00, 0x72, 0xB2, "s0"},
                                        {0xD5, 0x5E, 0x00, "s1"},
                                        {0x00, 0x9E, 0x73, "s2"},
                                        {0xCC, 0x79, 0xA7, "s3"},
                                        {0xE6, 0x9F, 0x00, "s4"},
                                        {0x56, 0xB4, 0xE9, "s5"},
                                        {0x00, 0x00, 0x00, "ink"},
                                        {0x7F, 0x7F, 0x7F, "s7"},
                                        {0x44, 0x44, 0x44, "axis"},
                                        {0xE4, 0xE4, 0xE4, "grid"},
                                        {0x99, 0x99, 0x99, "quiet"},
                                        {0xFF, 0xFF, 0xFF, "paper"}}};

/// "rgb(  0, 114, 178)", "#ffffff", "black" -> "var(--s0)"; what is none of ours stays.
std::string paint_of(const std::string& value)
{
    int red = -1, green = -1, blue = -1;
    if (value == "black") {
        red = green = blue = 0;
    } else if (value.size() == 7 && value[0] == '#') {
        const long all = std::strtol(value.c_str() + 1, nullptr, 16);
        red = static_cast<int>(all >> 16 & 255);
        green = static_cast<int>(all >> 8 & 255);
        blue = static_cast<int>(all & 255);
    } else if (value.starts_with("rgb(")) {
        const char* at = value.c_str() + 4;
        for (int* part : {&red, &green, &blue}) {
            char* end = nullptr;
            *part = static_cast<int>(std::strtol(at, &end, 10));
            at = *end == ',' ? end + 1 : end;
        }
    }
    for (const Paint& paint : paints) {
        if (paint.red == red && paint.green == green && paint.blue == blue) {
            return fmt::format("var(--{})", paint.variable);
        }
    }
    return value;
}

/// An element's attributes rewritten, its white space joined.
std::string tag_rewritten(const std::string& tag, const std::string& name)
{
    std::string out;
    for (std::size_t at = 0; at < tag.size();) {
        const char letter = tag[at];
        if (letter == '"' || letter == '\'') {
            const std::size_t end = tag.find(letter, at + 1);
            if (end == std::string::npos) {
                return out;
            }
            std::string value = tag.substr(at + 1, end - at - 1);
            const std::string before = out.substr(out.find_last_of(' ') + 1);
            if (before == "id=") {
                value.insert(0, name + "-");
            } else if (value.starts_with("#gp")) {
                value.insert(1, name + "-");
            } else {
                value = paint_of(value);
            }
            out += letter + value + letter;
            at = end + 1;
        } else if (std::isspace(static_cast<unsigned char>(letter)) != 0) {
            const std::size_t next = tag.find_first_not_of(" \t\r\n", at);
            const bool beside_equals = (!out.empty() && out.back() == '=') ||
                                       (next != std::string::npos && (tag[next] == '=' || tag[next] == '>'));
            if (!beside_equals && next != std::string::npos) {
                out += ' ';
            }
            at = next;
            if (next == std::string::npos) {
                break;
            }
        } else {
            out += letter;
            ++at;
        }
    }
    return out;
}

void erase_all(std::string& text, std::string_view begin, std::string_view end)
{
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
        const std::size_t stop = text.find(end, at);
        if (stop == std::string::npos) {
            return;
        }
        text.erase(at, stop + end.size() - at);
    }
}

}  // namespace

std::string inline_svg(const std::string& svg, const std::string& name, const std::string& description)
{
    const std::size_t begin = svg.find("<svg"), after = begin == std::string::npos ? begin : svg.find('>', begin);
    if (after == std::string::npos) {
        return {};
    }
    std::string body = svg.substr(after + 1);
    erase_all(body, "<title>", "</title>");
    erase_all(body, "<desc>", "</desc>");
    erase_all(body, "<filter", "</filter>");  // nothing of ours uses them
    std::string opening = tag_rewritten(svg.substr(begin, after - begin), name);
    const std::size_t old_class = opening.find("<svg");
    opening.insert(old_class + 4, " class=\"plot\" role=\"img\" aria-label=\"" + html_escaped(description) + "\"");
    std::string out = opening + ">";
    for (std::size_t at = 0; at < body.size();) {
        if (body[at] == '<') {
            const std::size_t end = body.find('>', at);
            if (end == std::string::npos) {
                break;
            }
            out += tag_rewritten(body.substr(at, end + 1 - at), name);
            at = end + 1;
            continue;
        }
        const std::size_t end = std::min(body.find('<', at), body.size());
        const std::string text = body.substr(at, end - at);
        if (text.find_first_not_of(" \t\r\n") != std::string::npos) {
            out += text;
        }
        at = end;
    }
    // What gnuplot opens and closes around nothing.
    constexpr std::string_view empty_end = "></g>";
    for (std::size_t at = out.find(empty_end); at != std::string::npos; at = out.find(empty_end, at)) {
        const std::size_t open = out.rfind('<', at);
        if (out.compare(open, 2, "<g") == 0 && out.find('>', open) == at) {
            out.erase(open, at + empty_end.size() - open);
        } else {
            at += empty_end.size();
        }
        // An outer one may have become empty now; it is only larger, not wrong.
    }
    return out + "\n";
}

}  // namespace attnsweep::reports
