#include "data/label.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <utf8proc.h>

#include "configs/printable.h"
#include "data/error.h"

namespace attnsweep::data {
namespace {

constexpr std::size_t longest_label = 255;  // bytes, as of a file's name

bool is_control(std::uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

bool is_blank(std::uint32_t point)
{
    const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
    return category == UTF8PROC_CATEGORY_ZS;
}

// What nobody sees in a name: soft hyphens, marks of direction, spaces of no width. The joiners U+200C and
// U+200D stay, since they change how a name is written.
bool is_invisible(std::uint32_t point)
{
    return point == 0xAD || point == 0x61C || point == 0x180E || point == 0x200B || point == 0x200E ||
           point == 0x200F || (point >= 0x202A && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
           point == 0xFEFF;
}

std::string without_invisible(std::string_view text)
{
    std::string visible;
    for (std::size_t at = 0; at < text.size();) {
        const configs::CodePoint point = configs::code_point_at(text, at);
        if (!is_invisible(point.value)) {
            visible += text.substr(at, point.bytes);
        }
        at += point.bytes;
    }
    return visible;
}

std::string mapped(std::string_view text, int options)
{
    struct Free {
        void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
    };
    utf8proc_uint8_t* bytes = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &bytes, static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, Free> owner(bytes);
    return size < 0 ? std::string(text) : std::string(reinterpret_cast<const char*>(bytes), std::size_t(size));
}

std::string without_outer_blanks(std::string_view text)
{
    std::size_t first = text.size(), end = 0;
    for (std::size_t at = 0; at < text.size();) {
        const configs::CodePoint point = configs::code_point_at(text, at);
        if (!is_blank(point.value)) {
            first = std::min(first, at);
            end = at + point.bytes;
        }
        at += point.bytes;
    }
    return end == 0 ? "" : std::string(text.substr(first, end - first));
}

}  // namespace

std::size_t first_invalid_byte(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = configs::code_point_at(text, at).bytes;
        if (bytes == 0) {
            return at;
        }
        at += bytes;
    }
    return std::string_view::npos;
}

std::string escaped_name(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const configs::CodePoint point = configs::code_point_at(text, at);
        const std::size_t bytes = std::max<std::size_t>(point.bytes, 1);
        if (point.bytes != 0 && !is_control(point.value)) {
            out += text.substr(at, bytes);
        } else {
            for (std::size_t i = 0; i < bytes; ++i) {
                out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[at + i]));
            }
        }
        at += bytes;
    }
    return out;
}

std::string class_label(std::string_view text, const std::string& where)
{
    const std::string shown = configs::shortened(escaped_name(text), 60);
    if (first_invalid_byte(text) != std::string_view::npos) {
        throw Error(fmt::format("{}: the class name `{}` is not UTF-8 (it is in an older encoding, such as Latin-1); "
                                "rename it (convmv -r -f latin1 -t utf8 --notest FOLDER), or name the classes in a "
                                "--manifest",
                                where, shown));
    }
    std::string label = mapped(without_outer_blanks(without_invisible(text)), UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (label.empty()) {
        throw Error(fmt::format("{}: the class name `{}` is blank; a class needs a name", where, shown));
    }
    for (std::size_t at = 0; at < label.size();) {
        const configs::CodePoint point = configs::code_point_at(label, at);
        if (is_control(point.value)) {
            throw Error(fmt::format("{}: the class name `{}` has a control character (a line break, a tab, ...); "
                                    "rename it",
                                    where, shown));
        }
        at += point.bytes;
    }
    if (label.size() > longest_label) {
        throw Error(fmt::format("{}: the class name `{}` has {} bytes; expected at most {}", where, shown, label.size(),
                                longest_label));
    }
    return label;
}

std::vector<std::string> differ_in_case_only(const std::vector<std::string>& labels)
{
    std::map<std::string, std::vector<std::string>> folded;
    for (const std::string& label : labels) {
        folded[mapped(label, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)].push_back(
            label);
    }
    std::vector<std::string> groups;
    for (const auto& [name, same] : folded) {
        if (same.size() > 1) {
            groups.push_back(fmt::format("{}", fmt::join(same, " and ")));
        }
    }
    return groups;
}

}  // namespace attnsweep::data
