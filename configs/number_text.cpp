#include "configs/number_text.h"

#include <algorithm>

namespace attnsweep::configs {

namespace {

constexpr std::string_view digits = "0123456789";

}  // namespace

std::optional<std::string> toml_number(std::string_view text)
{
    std::size_t at = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
    const std::string sign = text.starts_with('-') ? "-" : "";
    const auto digits_here = [&] {
        const std::size_t begin = at;
        at = std::min(text.find_first_not_of(digits, at), text.size());
        return std::string(text.substr(begin, at - begin));
    };
    std::string whole = digits_here(), fraction, exponent;
    const bool has_point = at < text.size() && text[at] == '.';
    if (has_point) {
        ++at;
        fraction = digits_here();
    }
    if (whole.empty() && fraction.empty()) {
        return std::nullopt;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        exponent = at < text.size() && text[at] == '-' ? "e-" : "e";
        at += at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
        const std::string power = digits_here();
        if (power.empty()) {
            return std::nullopt;
        }
        exponent += power;
    }
    if (at != text.size()) {
        return std::nullopt;
    }
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    return sign + (whole.empty() ? "0" : whole) + (has_point ? "." + (fraction.empty() ? "0" : fraction) : "") +
           exponent;
}

namespace {

/// Whether toml_number() of the text differs in more than what TOML, too, allows: a plus sign, a large E.
bool is_wrong(const std::string& text)
{
    std::optional<std::string> right = toml_number(text);
    if (!right) {
        return false;
    }
    std::string plain = text;
    std::erase(plain, '+');
    std::replace(plain.begin(), plain.end(), 'E', 'e');
    return plain != *right;
}

}  // namespace

std::optional<WrongNumber> first_wrong_number(std::string_view line)
{
    constexpr std::string_view between = " \t\r\n=,[]{}";
    for (std::size_t at = 0; at < line.size();) {
        const char here = line[at];
        if (here == '#') {
            break;
        }
        if (here == '"' || here == '\'') {
            const std::size_t end = line.find(here, at + 1);
            at = end == std::string_view::npos ? line.size() : end + 1;
        } else if (between.find(here) != std::string_view::npos) {
            ++at;
        } else {
            const std::size_t end = std::min(line.find_first_of(std::string(between) + "#\"'", at), line.size());
            std::string word(line.substr(at, end - at));
            const std::size_t next = line.find_first_not_of(" \t", end);
            const bool is_key = next != std::string_view::npos && line[next] == '=';
            if (!is_key && is_wrong(word)) {
                return WrongNumber{word, at + 1};
            }
            at = end;
        }
    }
    return std::nullopt;
}

}  // namespace attnsweep::configs
