#include "configs/override.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "configs/error.h"
#include "configs/toml_value.h"

namespace attnsweep::configs {

namespace {

std::string trimmed(const std::string& text)
{
    const auto blank = [](unsigned char character) { return std::isspace(character) != 0; };
    const auto first = std::find_if_not(text.begin(), text.end(), blank);
    const auto last = std::find_if_not(text.rbegin(), std::make_reverse_iterator(first), blank).base();
    return {first, last};
}

/// Parses the text as one TOML value; returns nullopt if it is not one.
std::optional<toml::table> parsed(const std::string& text)
{
    try {
        toml::table table = toml::parse("value = " + text);
        return table.size() == 1 ? std::optional(std::move(table)) : std::nullopt;
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

bool is_bare_word(const std::string& text)
{
    return !text.empty() && text != "true" && text != "false" && text != "inf" && text != "nan" &&
           std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// Returns a number as TOML writes it, if the text is one as people and other programs write it (.001, 1., 01, 1.e-3).
std::optional<std::string> as_number(const std::string& text)
{
    std::size_t at = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
    const std::string sign = text.starts_with('-') ? "-" : "";
    const auto digits = [&] {
        const std::size_t begin = at;
        at = std::min(text.find_first_not_of("0123456789", at), text.size());
        return text.substr(begin, at - begin);
    };
    std::string whole = digits(), fraction, exponent;
    const bool has_point = at < text.size() && text[at] == '.';
    if (has_point) {
        ++at;
        fraction = digits();
    }
    if (whole.empty() && fraction.empty()) {
        return std::nullopt;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        exponent = at < text.size() && text[at] == '-' ? "e-" : "e";
        at += at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
        const std::string power = digits();
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

bool wants_number(const Key& key)
{
    return key.type == ValueType::number || key.type == ValueType::integer || key.type == ValueType::seed ||
           key.type == ValueType::integers || key.type == ValueType::duration;
}

/// Puts back the quotes in `[stft, cqt]` that a shell removes.
std::string with_words_quoted(const std::string& list, const Key& key)
{
    std::string quoted, element;
    bool in_string = false;
    for (const char character : list) {
        in_string ^= character == '"';
        if (!in_string && (character == '[' || character == ',' || character == ']')) {
            const std::string word = trimmed(element);
            const std::optional<std::string> number = wants_number(key) ? as_number(word) : std::nullopt;
            quoted += number ? *number : is_bare_word(word) ? "\"" + word + "\"" : element;
            quoted += character;
            element.clear();
        } else {
            element += character;
        }
    }
    return quoted + element;
}

toml::table value_table(const Key& key, const std::string& text, const std::string& origin)
{
    const bool wants_text =
        key.type == ValueType::text || key.type == ValueType::choice || key.type == ValueType::duration;
    if (!text.empty() && text.front() == '[') {
        std::optional<toml::table> list = parsed(text);
        if (!list) {
            list = parsed(with_words_quoted(text, key));
        }
        if (list) {
            return std::move(*list);
        }
        throw Error(origin + ": " + text + " is not a list that can be read; expected values between commas, such as " +
                    key.name + "=[a, b]");
    }
    std::optional<toml::table> single = parsed(text);
    if (!single && wants_number(key)) {
        if (const std::optional<std::string> number = as_number(text)) {
            single = parsed(*number);
        }
    }
    const bool as_string = !single || (key.type == ValueType::text && !single->get("value")->is_string()) ||
                           (wants_text && single->get("value")->is_date_time());
    if (as_string) {
        return toml::table{{"value", text}};
    }
    return std::move(*single);
}

}  // namespace

void apply_override(SweepFile& file, const std::string& text)
{
    const std::string origin = "--set " + text;
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || trimmed(text.substr(0, equals)).empty()) {
        throw Error(origin + ": expected key=value, for example --set training.learning_rate=0.01");
    }
    const std::string name = trimmed(text.substr(0, equals));
    const Key* key = find_key(name);
    if (key == nullptr) {
        throw_unknown_key(name, origin);
    }

    const toml::table table = value_table(*key, trimmed(text.substr(equals + 1)), origin);
    const toml::node& node = *table.get("value");
    if (!key->of_trial() || !is_list_of_values(*key, node)) {
        const Value value = value_from_toml(*key, node, origin, !text.ends_with('"') && !text.ends_with('\''));
        file.forget(name);
        file.settings[name] = {value, origin};
        return;
    }

    Column column{name, {}, origin};
    for (const toml::node& element : *node.as_array()) {
        column.values.push_back(value_from_toml(*key, element, origin));
    }
    if (column.values.empty()) {
        throw Error(origin + ": the list has no values; expected at least one");
    }
    for (Dimension& dimension : file.dimensions) {
        for (Column& old : dimension.columns) {
            if (old.key != name) {
                continue;
            }
            if (dimension.columns.size() > 1 && column.values.size() != dimension.length()) {
                throw Error(origin + ": " + std::to_string(column.values.size()) + " values, but the [[zip]] at " +
                            dimension.origin + " has " + std::to_string(dimension.length()) +
                            "; its lists advance together: give as many, or one value without brackets");
            }
            old = std::move(column);
            return;
        }
    }
    file.settings.erase(name);
    file.dimensions.push_back({{std::move(column)}, origin});
}

std::string override_of_name(const std::string& name)
{
    return "sweep.name=" + text_of(name);
}

}  // namespace attnsweep::configs
