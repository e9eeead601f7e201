#include "configs/override.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "configs/error.h"
#include "configs/number_text.h"
#include "configs/toml_value.h"
#include "configs/value_shorthand.h"

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

bool wants_number(const Key& key)
{
    return key.type == ValueType::number || key.type == ValueType::integer || key.type == ValueType::seed ||
           key.type == ValueType::integers || key.type == ValueType::duration;
}

/// Tells whether the text is a number, of whatever size.
bool is_some_number(const std::string& text)
{
    char* end = nullptr;
    (void)std::strtod(text.c_str(), &end);
    return end == text.c_str() + text.size() && text.find_first_of("0123456789") != std::string::npos;
}

/// Writes numbers as TOML does, and puts back the quotes in `[stft, cqt]` that a shell removes.
std::string as_toml(const std::string& text, const Key& key)
{
    const bool is_shorthand = text.starts_with('{');
    const std::string between = is_shorthand ? "[,]{}=" : "[,]";
    std::string written, element;
    bool in_string = false;
    for (const char character : text) {
        in_string ^= character == '"';
        if (!in_string && between.find(character) != std::string::npos) {
            const std::string word = trimmed(element);
            const std::optional<std::string> number = wants_number(key) ? toml_number(word) : std::nullopt;
            written += number ? *number : !is_shorthand && is_bare_word(word) ? "\"" + word + "\"" : element;
            written += character;
            element.clear();
        } else {
            element += character;
        }
    }
    return written + element;
}

/// Returns the text, a list or a shorthand, as the TOML that it is or is meant as; nullopt if it is neither.
std::optional<toml::table> parsed_as_meant(const std::string& text, const Key& key)
{
    std::optional<toml::table> table = parsed(text);
    return table ? std::move(table) : parsed(as_toml(text, key));
}

toml::table value_table(const Key& key, const std::string& text, const std::string& origin)
{
    const bool wants_text =
        key.type == ValueType::text || key.type == ValueType::choice || key.type == ValueType::duration;
    if (text.starts_with('[')) {
        if (std::optional<toml::table> list = parsed_as_meant(text, key)) {
            return std::move(*list);
        }
        throw Error(origin + ": " + text + " is not a list that can be read; expected values between commas, such as " +
                    key.name + "=[a, b]");
    }
    if (text.starts_with('{') && key.type != ValueType::text) {
        if (std::optional<toml::table> shorthand = parsed_as_meant(text, key)) {
            return std::move(*shorthand);
        }
        throw Error(origin + ": " + text + " cannot be read; expected values in short, all of it in quotes, such as '" +
                    key.name + "={ range = [1, 4], step = 1 }'");
    }
    std::optional<toml::table> single = parsed(text);
    if (!single && wants_number(key)) {
        if (const std::optional<std::string> number = toml_number(text)) {
            single = parsed(*number);
        }
    }
    if (!single && wants_number(key) && is_some_number(text)) {
        throw Error(origin + ": " + key.name + " = " + text + " is out of range; expected " + expectation(key));
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
    const toml::table* shorthand = node.as_table();
    if (!key->of_trial() || (shorthand == nullptr && !is_list_of_values(*key, node))) {
        const Value value = value_from_toml(*key, node, origin, !text.ends_with('"') && !text.ends_with('\''));
        file.forget(name);
        file.settings[name] = {value, origin};
        return;
    }

    Column column{name, {}, origin};
    if (shorthand != nullptr) {
        column.values = values_of_shorthand(*key, *shorthand, [&](const toml::source_region&) {
            return origin;  // NOLINT(performance-no-automatic-move): captured by reference
        });
    } else {
        for (const toml::node& element : *node.as_array()) {
            column.values.push_back(value_from_toml(*key, element, origin));
        }
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
