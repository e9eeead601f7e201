#include "configs/toml_value.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "configs/error.h"
#include "configs/nearest_name.h"

namespace attnsweep::configs {

namespace {

std::string quoted(const std::string& text)
{
    return text_of(text);
}

/// Returns the seconds of "10 min", "30 s", "1.5 h"; nullopt if the text is not a duration.
std::optional<double> seconds_of(const std::string& text)
{
    std::size_t used = 0;
    double number = 0;
    try {
        number = std::stod(text, &used);
    } catch (const std::exception&) {
        return std::nullopt;
    }
    const std::size_t unit_start = text.find_first_not_of(' ', used);
    const std::string unit = unit_start == std::string::npos ? "s" : text.substr(unit_start);
    if (unit == "s" || unit == "sec") {
        return number;
    }
    if (unit == "min") {
        return number * 60;
    }
    if (unit == "h") {
        return number * 3600;
    }
    return std::nullopt;
}

std::optional<std::int64_t> integer_in(const toml::node& node)
{
    // Not node.value<>(), which would accept 16.0 and true as integers.
    return node.is_integer() ? std::optional(node.as_integer()->get()) : std::nullopt;
}

std::optional<double> number_in(const toml::node& node)
{
    if (node.is_floating_point()) {
        return node.as_floating_point()->get();
    }
    if (node.is_integer()) {
        return static_cast<double>(node.as_integer()->get());
    }
    return std::nullopt;
}

std::optional<Value> converted(const Key& key, const toml::node& node)
{
    switch (key.type) {
    case ValueType::boolean:
        return node.is_boolean() ? std::optional<Value>(node.as_boolean()->get()) : std::nullopt;
    case ValueType::integer_or_word:
        if (node.is_string()) {
            return node.as_string()->get();
        }
        [[fallthrough]];
    case ValueType::integer:
        if (const auto integer = integer_in(node)) {
            return *integer;
        }
        break;
    case ValueType::seed:
        if (const auto integer = integer_in(node); integer && *integer >= 0) {
            return static_cast<std::uint64_t>(*integer);
        }
        break;
    case ValueType::number:
        if (const auto number = number_in(node)) {
            return *number;
        }
        break;
    case ValueType::duration:
        if (const auto number = number_in(node)) {
            return *number;
        }
        if (node.is_string()) {
            if (const auto seconds = seconds_of(node.as_string()->get())) {
                return *seconds;
            }
        }
        break;
    case ValueType::text:
    case ValueType::choice:
        return node.is_string() ? std::optional<Value>(node.as_string()->get()) : std::nullopt;
    case ValueType::integers:
        if (const toml::array* array = node.as_array()) {
            std::vector<std::int64_t> elements;
            for (const toml::node& element : *array) {
                const auto integer = integer_in(element);
                if (!integer) {
                    return std::nullopt;
                }
                elements.push_back(*integer);
            }
            return elements;
        }
        break;
    }
    return std::nullopt;
}

/// Returns the whole number that 16.0 and 1e1 stand for, as TOML wants it where it takes no other; nullopt for other values.
std::optional<std::int64_t> whole_with_point_or_exponent(const Key& key, const toml::node& node)
{
    constexpr double largest = 9007199254740992;  // 2^53: beyond it a double skips whole numbers
    const bool wants_whole =
        key.type == ValueType::integer || key.type == ValueType::seed || key.type == ValueType::integer_or_word;
    const double number = node.is_floating_point() ? node.as_floating_point()->get() : 0.5;
    return wants_whole && std::abs(number) <= largest && number == std::floor(number)
               ? std::optional(static_cast<std::int64_t>(number))
               : std::nullopt;
}

std::string remedy(const Key& key, const toml::node& node, bool is_bare)
{
    const bool wants_number =
        key.type == ValueType::integer || key.type == ValueType::number || key.type == ValueType::seed;
    if (const auto whole = whole_with_point_or_exponent(key, node)) {
        const bool is_possible = allowed(key, *whole) && (key.type != ValueType::seed || *whole >= 0);
        return is_possible ? "; write " + std::to_string(*whole) : "";
    }
    if (key.type == ValueType::choice && node.is_string()) {
        return "; did you mean " + quoted(nearest_word(node.as_string()->get(), key.constraint.choices)) + "?";
    }
    if (key.type == ValueType::choice && key.constraint.choices.size() > 1 && !node.is_array()) {
        return "; write the word in quotes";
    }
    const std::string text = node.is_string() ? node.as_string()->get() : std::string();
    if (wants_number && !text.empty() && text.find(',') != std::string::npos &&
        text.find_first_not_of("+-0123456789,") == std::string::npos) {
        return "; a decimal point is written as ., and several values in brackets";
    }
    const bool is_integer = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (node.is_string() && !is_bare &&
        (wants_number || key.type == ValueType::boolean || (key.type == ValueType::integer_or_word && is_integer))) {
        return "; write it without quotes";
    }
    if ((node.is_table() || (node.is_array() && key.type != ValueType::integers)) && key.of_trial()) {
        return "; to try several values, put " + std::string(node.is_table() ? "them" : "the list") +
               " under [axes] as \"" + key.name + "\"";
    }
    if (key.type == ValueType::integers && node.is_integer()) {
        return "; write it in brackets";
    }
    return "";
}

}  // namespace

Value value_from_toml(const Key& key, const toml::node& node, const std::string& origin, bool is_bare)
{
    const std::optional<Value> value = converted(key, node);
    if (!value) {
        const bool fitting_type = (key.type == ValueType::seed && node.is_integer()) ||
                                  (key.type == ValueType::duration && node.is_string()) ||
                                  (key.type == ValueType::integers && node.is_array());
        throw Error(origin + ": " + key.name + " = " + shown(node) +
                    (fitting_type                              ? " is not possible"
                     : whole_with_point_or_exponent(key, node) ? " is written with a point or an exponent"
                                                               : " is " + type_name(node)) +
                    "; expected " + expectation(key) + remedy(key, node, is_bare));
    }
    if (!allowed(key, *value)) {
        throw Error(origin + ": " + key.name + " = " + shown(node) + " is not possible; expected " + expectation(key) +
                    remedy(key, node, is_bare));
    }
    return *value;
}

bool is_list_of_values(const Key& key, const toml::node& node)
{
    const toml::array* array = node.as_array();
    if (array == nullptr) {
        return false;
    }
    if (key.type != ValueType::integers) {
        return true;
    }
    for (const toml::node& element : *array) {
        if (element.is_array()) {
            return true;
        }
    }
    return false;
}

std::vector<std::pair<const toml::key*, const toml::node*>> in_file_order(const toml::table& table)
{
    std::vector<std::pair<const toml::key*, const toml::node*>> entries;
    for (const auto& [key, node] : table) {
        entries.emplace_back(&key, &node);
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.first->source().begin < b.first->source().begin; });
    return entries;
}

std::string shown(const toml::node& node)
{
    std::string text;
    if (node.is_string()) {
        text = quoted(node.as_string()->get());
    } else if (node.is_integer()) {
        text = std::to_string(node.as_integer()->get());
    } else if (node.is_floating_point()) {
        text = text_of(node.as_floating_point()->get());
        const bool looks_integer = text.find_first_not_of("-0123456789") == std::string::npos;
        text += looks_integer ? ".0" : "";
    } else if (node.is_boolean()) {
        text = node.as_boolean()->get() ? "true" : "false";
    } else if (const toml::array* array = node.as_array()) {
        text = "[";
        for (const toml::node& element : *array) {
            text += text.size() == 1 ? "" : ", ";
            text += shown(element);
        }
        text += ']';
    } else if (const toml::table* table = node.as_table()) {
        text = "{";
        for (const auto& [key, value] : in_file_order(*table)) {
            text += text.size() == 1 ? " " : ", ";
            text += std::string(key->str()) + " = " + shown(*value);
        }
        text += " }";
    } else {
        text = "...";
    }
    constexpr std::size_t longest = 80;
    if (text.size() > longest) {
        text.resize(longest - 3);
        text += "...";
    }
    return text;
}

std::string type_name(const toml::node& node)
{
    switch (node.type()) {
    case toml::node_type::string:
        return "a string";
    case toml::node_type::integer:
        return "an integer";
    case toml::node_type::floating_point:
        return "a number with a fraction";
    case toml::node_type::boolean:
        return "true or false";
    case toml::node_type::array:
        return "a list";
    case toml::node_type::table:
        return "a table";
    default:
        return "a date or time";
    }
}

std::string origin_of(const std::string& path, const toml::source_region& source)
{
    return path + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

namespace {

/// Returns the key of a data config that is meant by a name, such as `clip_seconds` or `sample_rate`; empty: none.
std::string key_of_data_set(std::string_view name)
{
    constexpr std::size_t shortest = 3;  // hop
    const std::string_view leaf = name.substr(name.rfind('.') + 1);
    for (const std::string_view known :
         {"clip_s", "sample_rate_hz", "hop_samples", "n_fft", "octaves", "bins_per_octave", "fmin_hz"}) {
        if (leaf.starts_with(known) || (leaf.size() >= shortest && known.starts_with(leaf))) {
            return std::string(known);
        }
    }
    return {};
}

}  // namespace

void throw_unknown_key(const std::string& name, const std::string& origin,
                       const std::function<bool(const Key&)>& candidates)
{
    if (const std::string known = key_of_data_set(name); !known.empty()) {
        throw Error(origin + ": the key \"" + name +
                    "\" is not one of a sweep: a data set fixes it when it is made, by " + known +
                    " under [geometry] of its data config (attnsweep ingest --help)");
    }
    throw Error(origin + ": the key \"" + name + "\" is not known; the nearest known key is " +
                nearest_key(name, candidates) + " (all keys: attnsweep plan --help-keys)");
}

}  // namespace attnsweep::configs
