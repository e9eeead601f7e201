#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/settings.h"

namespace attnsweep::configs {

/// The value of a setting, independent of the struct that stores it. The key's type determines the alternative:
/// boolean: bool; integer: int64; seed: uint64; number, duration: double; text, choice: string; integers: vector;
/// integer_or_word: int64 or string.
using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::int64_t>>;

enum class ValueType { boolean, integer, seed, number, duration, text, choice, integers, integer_or_word };

/// Limits of a key's values. For `integers` the range applies to each element.
struct Constraint {
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    bool min_excluded = false;
    bool max_excluded = false;
    std::vector<std::string> choices = {};  ///< choice, integer_or_word: the words
    bool distinct = false;                  ///< integers: no element twice
};

/// One key of a sweep file: the single place that knows its name, type, limits, meaning and location in the structs.
/// It drives TOML reading, --set, JSON, ids, labels, messages and docs/settings.md.
struct Key {
    std::string name;        ///< "training.learning_rate"
    std::string short_name;  ///< in labels: "lr"
    ValueType type = ValueType::text;
    Constraint constraint;
    std::string help;  ///< one line
    std::function<Value(const Settings&)> read;
    std::function<void(Settings&, const Value&)> write;
    /// Later than the stores' first revisions: at its default it is not in a revision's text, so that they stay the same.
    bool is_late = false;

    std::string_view section() const { return std::string_view(name).substr(0, name.find('.')); }
    std::string_view leaf() const { return std::string_view(name).substr(name.find('.') + 1); }
    /// Returns whether the key changes what a trial computes (sections data, model, training, seed). Only such keys can
    /// be axes and are part of ids.
    bool of_trial() const { return section() != "sweep" && section() != "execution" && section() != "checkpoint"; }
};

/// Describes the allowed values, for messages and the docs: "a number above 0", "one of "stft", "cqt"", "a list of
/// integers from 1 to 12".
std::string expectation(const Key& key);

/// Returns whether the value is within the key's limits. It must already hold the alternative of the key's type.
bool allowed(const Key& key, const Value& value);

/// Returns the value as JSON text without spaces; numbers by std::to_chars (the shortest text that reads back the
/// same).
std::string text_of(const Value& value);

/// Returns the value as JSON: a boolean, a number, a string or a list of integers.
nlohmann::json json_of(const Value& value);

/// Reads a JSON value as the key's type; throws Error naming the key, the value and what was expected.
Value value_from_json(const Key& key, const nlohmann::json& json);

/// Throws Error when the value is outside the key's limits.
void check(const Key& key, const Value& value);

}  // namespace attnsweep::configs
