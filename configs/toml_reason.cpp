#include "configs/toml_reason.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "configs/error.h"
#include "configs/printable.h"

namespace attnsweep::configs {

namespace {

std::string place(const std::string& text, const std::string& name, std::size_t byte)
{
    const std::size_t line_start = byte == 0 ? std::string::npos : text.rfind('\n', byte - 1);
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n') + 1;
    const std::size_t column = line_start == std::string::npos ? byte + 1 : byte - line_start;
    return name + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

std::string without_blanks(const std::string& text)
{
    std::string left;
    std::copy_if(text.begin(), text.end(), std::back_inserter(left),
                 [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '"' && c != '\''; });
    return left;
}

/// The section or key that each line begins, such as "[model]" and "model.heads"; empty for other lines.
std::vector<std::string> begun_by_lines(const std::string& text)
{
    std::vector<std::string> begun;
    std::istringstream lines(text);
    std::string section;
    std::ptrdiff_t open_lists = 0;  // of a value that goes on from line to line
    for (std::string line; std::getline(lines, line);) {
        std::string bare = without_blanks(line);
        bare.erase(std::min(bare.find('#'), bare.size()));
        const std::size_t equals = bare.find('=');
        begun.emplace_back();
        if (open_lists == 0 && bare.starts_with('[')) {
            const std::size_t name = bare.find_first_not_of('[');
            section = name == std::string::npos ? "" : bare.substr(name, bare.find(']') - name);
            begun.back() = "[" + section + "]";
            continue;
        }
        if (open_lists == 0 && equals != std::string::npos) {
            begun.back() = (section.empty() ? "" : section + ".") + bare.substr(0, equals);
        }
        open_lists += std::count(bare.begin(), bare.end(), '[') - std::count(bare.begin(), bare.end(), ']');
    }
    return begun;
}

std::string set_twice(const std::string& text, const std::string& name, std::size_t line)
{
    const std::vector<std::string> begun = begun_by_lines(text);
    const std::string what = line >= 1 && line <= begun.size() ? begun[line - 1] : std::string();
    // The nearest before it: of [[exclude]] each has keys of its own.
    std::size_t at = what.empty() ? 0 : line - 1;
    while (at > 0 && begun[at - 1] != what) {
        --at;
    }
    const std::string where = at > 0 ? " at " + name + ":" + std::to_string(at) : " in this file";
    if (what.starts_with('[')) {
        return what + " is there already" + where + "; expected one section of a name: write its keys together";
    }
    return (what.empty() ? "this key" : printable(what)) + " is set already" + where +
           "; expected once: remove one of the two lines, or to try both values, put a list under [axes]";
}

}  // namespace

void require_text_of_toml(const std::string& text, const std::string& name)
{
    const std::size_t nothing = text.find('\0');
    const bool is_marked = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
    if (is_marked || nothing < 4) {
        throw Error(place(text, name, is_marked ? 0 : nothing) +
                    "this is UTF-16, or no text at all; expected a sweep file in UTF-8: save the file as UTF-8");
    }
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        if (point.bytes == 0) {
            throw Error(place(text, name, at) +
                        "this is not UTF-8 (Latin-1?); expected a sweep file in UTF-8: save the file as UTF-8");
        }
        if (point.value == '\r' && (at + 1 == text.size() || text[at + 1] != '\n')) {
            throw Error(place(text, name, at) +
                        "a carriage return without a line feed ends a line here; expected a line feed: save the file "
                        "with line ends of Unix (LF) or Windows (CR LF)");
        }
        at += point.bytes;
    }
}

std::string toml_reason(const std::string& text, const std::string& name, std::string_view description,
                        std::size_t line)
{
    const auto says = [&](std::string_view words) { return description.find(words) != std::string_view::npos; };
    if (says("TOML_MAX_NESTED_VALUES")) {
        return "lists are nested too deeply here; expected a value, a list, or a list of lists such as [[4], [4, 5]]";
    }
    if (says("cannot redefine existing")) {
        return set_twice(text, name, line);
    }
    if (says("is not representable in 64 bits")) {
        const std::size_t begin = description.find('\''), end = description.rfind('\'');
        const std::string number =
            begin < end ? printable(description.substr(begin + 1, end - begin - 1)) : std::string("this number");
        return number +
               " is out of range; expected a whole number from -9223372036854775808 to 9223372036854775807, or "
               "one with a fraction up to 1.7e308";
    }
    return not_toml(description);
}

std::string not_toml(std::string_view description)
{
    return "not valid TOML: " + std::string(description) +
           "; expected key = value, the value a number (a point before its decimals), true or false, \"text\" in "
           "straight quotes, or a [list] of these";
}

}  // namespace attnsweep::configs
