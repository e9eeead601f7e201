#include "configs/key.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reason.h"

namespace attnsweep::configs {

namespace {

std::string shortest(double number)
{
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    return {text, end};
}

std::string limits(const Constraint& constraint)
{
    const bool from = std::isfinite(constraint.min);
    const bool to = std::isfinite(constraint.max) && constraint.max < std::numeric_limits<int>::max();
    if (from && to) {
        if (constraint.min_excluded && constraint.max_excluded) {
            return " between " + shortest(constraint.min) + " and " + shortest(constraint.max) + ", both excluded";
        }
        if (constraint.max_excluded) {
            return " of at least " + shortest(constraint.min) + " and below " + shortest(constraint.max);
        }
        return " from " + shortest(constraint.min) + " to " + shortest(constraint.max);
    }
    if (from) {
        return (constraint.min_excluded ? " above " : " of at least ") + shortest(constraint.min);
    }
    return "";
}

bool within(const Constraint& constraint, double number)
{
    const bool low = constraint.min_excluded ? number > constraint.min : number >= constraint.min;
    const bool high = constraint.max_excluded ? number < constraint.max : number <= constraint.max;
    return low && high && std::isfinite(number);
}

}  // namespace

std::string expectation(const Key& key)
{
    switch (key.type) {
    case ValueType::boolean:
        return "true or false";
    case ValueType::integer:
        return "an integer" + limits(key.constraint);
    case ValueType::seed:
        return "an integer of at least 0";
    case ValueType::number:
        return "a number" + limits(key.constraint);
    case ValueType::duration:
        return "a time such as \"10 min\" or \"30 s\", or a number of seconds" + limits(key.constraint);
    case ValueType::text:
        return "a string";
    case ValueType::integers:
        return std::string("a list of ") + (key.constraint.distinct ? "distinct " : "") + "integers" +
               limits(key.constraint);
    case ValueType::integer_or_word:
        return "an integer" + limits(key.constraint) + ", or \"" + key.constraint.choices.front() + "\"";
    case ValueType::choice:
        break;
    }
    std::string words;
    for (const std::string& word : key.constraint.choices) {
        words += (words.empty() ? "\"" : ", \"") + word + "\"";
    }
    return (key.constraint.choices.size() == 1 ? "" : "one of ") + words;
}

bool allowed(const Key& key, const Value& value)
{
    const Constraint& constraint = key.constraint;
    switch (key.type) {
    case ValueType::boolean:
    case ValueType::seed:
    case ValueType::text:
        return true;
    case ValueType::integer:
        return within(constraint, static_cast<double>(std::get<std::int64_t>(value)));
    case ValueType::number:
    case ValueType::duration:
        return within(constraint, std::get<double>(value));
    case ValueType::choice:
        return std::count(constraint.choices.begin(), constraint.choices.end(), std::get<std::string>(value)) > 0;
    case ValueType::integer_or_word:
        if (const auto* word = std::get_if<std::string>(&value)) {
            return std::count(constraint.choices.begin(), constraint.choices.end(), *word) > 0;
        }
        return within(constraint, static_cast<double>(std::get<std::int64_t>(value)));
    case ValueType::integers: {
        const auto& elements = std::get<std::vector<std::int64_t>>(value);
        const bool ranged = std::all_of(elements.begin(), elements.end(), [&](std::int64_t element) {
            return within(constraint, static_cast<double>(element));
        });
        return ranged && (!constraint.distinct || std::set(elements.begin(), elements.end()).size() == elements.size());
    }
    }
    return false;
}

void check(const Key& key, const Value& value)
{
    if (!allowed(key, value)) {
        throw Error(key.name + " = " + text_of(value) + " is not possible; expected " + expectation(key));
    }
}

std::string text_of(const Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value)) {
        return *flag ? "true" : "false";
    }
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*integer);
    }
    if (const auto* seed = std::get_if<std::uint64_t>(&value)) {
        return std::to_string(*seed);
    }
    if (const auto* number = std::get_if<double>(&value)) {
        return shortest(*number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        const bool is_plain = std::all_of(text->begin(), text->end(),
                                          [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
        if (is_plain) {
            return '"' + *text + '"';  // as below, but faster without the JSON library: ids need it for every trial
        }
        return nlohmann::json(*text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    std::string list = "[";
    for (const std::int64_t element : std::get<std::vector<std::int64_t>>(value)) {
        list += list.size() == 1 ? "" : ",";
        list += std::to_string(element);
    }
    list += ']';
    return list;
}

nlohmann::json json_of(const Value& value)
{
    return std::visit([](const auto& held) { return nlohmann::json(held); }, value);
}

Value value_from_json(const Key& key, const nlohmann::json& json)
{
    const auto convert = [&]() -> Value {
        switch (key.type) {
        case ValueType::boolean:
            if (json.is_boolean()) {
                return json.get<bool>();
            }
            break;
        case ValueType::integer:
            if (json.is_number_integer()) {
                return json.get<std::int64_t>();
            }
            break;
        case ValueType::seed:
            if (json.is_number_unsigned()) {
                return json.get<std::uint64_t>();
            }
            if (json.is_number_integer() && json.get<std::int64_t>() >= 0) {
                return static_cast<std::uint64_t>(json.get<std::int64_t>());
            }
            break;
        case ValueType::number:
        case ValueType::duration:
            if (json.is_number()) {
                return json.get<double>();
            }
            break;
        case ValueType::text:
        case ValueType::choice:
            if (json.is_string()) {
                return json.get<std::string>();
            }
            break;
        case ValueType::integers:
            if (json.is_array() && std::all_of(json.begin(), json.end(),
                                               [](const auto& element) { return element.is_number_integer(); })) {
                return json.get<std::vector<std::int64_t>>();
            }
            break;
        case ValueType::integer_or_word:
            if (json.is_number_integer()) {
                return json.get<std::int64_t>();
            }
            if (json.is_string()) {
                return json.get<std::string>();
            }
            break;
        }
        throw Error(key.name + " = " + json_shown(json) + " is of the wrong type; expected " + expectation(key));
    };
    Value value = convert();
    check(key, value);
    return value;
}

}  // namespace attnsweep::configs
