#include "configs/value_shorthand.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "configs/error.h"
#include "configs/nearest_name.h"
#include "configs/portable_numbers.h"
#include "configs/toml_value.h"

namespace attnsweep::configs {

namespace {

constexpr std::int64_t most_values = 1000;
constexpr int most_draws = 1'000'000;  // where the bounds leave hardly more values than are asked for

struct Kind {
    std::string_view name;
    std::string_view example;
    std::vector<std::string> keys;  ///< that go with it
    bool is_logarithmic, is_drawn;
};

const std::array<Kind, 4>& kinds()
{
    static const std::array<Kind, 4> all{{
        {"log", "{ log = [1e-4, 1e-2], count = 5 }", {"log", "count"}, true, false},
        {"range", "{ range = [0, 1], step = 0.25 }", {"range", "step"}, false, false},
        {"random", "{ random = [0, 1], count = 20, seed = 1 }", {"random", "count", "seed"}, false, true},
        {"random_log",
         "{ random_log = [1e-4, 1e-2], count = 20, seed = 1 }",
         {"random_log", "count", "seed"},
         true,
         true},
    }};
    return all;
}

/// One shorthand of one key.
class Shorthand {
public:
    Shorthand(const Key& key, const toml::table& table, const OriginOf& origin_of)
        : key_(key), table_(table), origin_of_(origin_of), kind_(kind())
    {
        check_keys();
        read_bounds();
    }

    std::vector<Value> values() const
    {
        if (kind_.name == "range") {
            return is_whole() ? whole_range() : range();
        }
        const std::int64_t count = this->count();
        if (!kind_.is_drawn) {
            return spaced(count);
        }
        return drawn(count);
    }

private:
    static double number(const toml::node& node)
    {
        return node.is_integer() ? static_cast<double>(whole(node)) : node.as_floating_point()->get();
    }
    static std::int64_t whole(const toml::node& node) { return node.as_integer()->get(); }
    bool is_whole() const { return key_.type == ValueType::integer || key_.type == ValueType::seed; }

    std::string shown_table() const { return key_.name + " = " + shown(table_); }

    [[noreturn]] void refuse(const toml::node& where, const std::string& why) const
    {
        throw Error(origin_of_(where.source()) + ": " + why);
    }

    const Kind& kind() const
    {
        if (key_.type != ValueType::number && !is_whole()) {
            refuse(table_, shown_table() +
                               ": this key does not take single numbers; expected a list in brackets, each "
                               "element " +
                               expectation(key_));
        }
        const Kind* found = nullptr;
        for (const Kind& candidate : kinds()) {
            if (!table_.contains(candidate.name)) {
                continue;
            }
            if (found != nullptr) {
                refuse(table_, shown_table() + " has both " + std::string(found->name) + " and " +
                                   std::string(candidate.name) + "; expected one of them: remove the other");
            }
            found = &candidate;
        }
        if (found == nullptr) {
            refuse(table_, shown_table() +
                               " says no values; expected a list in brackets, or one of log, range, "
                               "random, random_log, such as " +
                               std::string(kinds()[0].example));
        }
        return *found;
    }

    void check_keys() const
    {
        for (const auto& [key, node] : in_file_order(table_)) {
            const std::string name(key->str());
            if (std::find(kind_.keys.begin(), kind_.keys.end(), name) == kind_.keys.end()) {
                const std::string meant = nearest_name(name, kind_.keys);
                throw Error(origin_of_(key->source()) + ": " + name + " does not go with " + std::string(kind_.name) +
                            " in " + shown_table() + "; expected " + joined(kind_.keys) + ", such as " +
                            std::string(kind_.example) + (meant.empty() ? "" : "; did you mean " + meant + "?"));
            }
        }
    }

    void read_bounds()
    {
        const toml::node& node = *table_.get(kind_.name);
        const std::string written = std::string(kind_.name) + " = " + shown(node);
        const toml::array* pair = node.as_array();
        if (pair == nullptr || pair->size() != 2 || !pair->get(0)->is_number() || !pair->get(1)->is_number()) {
            refuse(node, written + " of " + key_.name + " is not possible; expected two numbers in brackets, the " +
                             "smaller one first, such as " + std::string(kind_.example));
        }
        first_ = pair->get(0);
        last_ = pair->get(1);
        const double first = number(*first_), last = number(*last_);
        if (kind_.is_logarithmic && (first <= 0 || last <= 0)) {
            refuse(node, written + " of " + key_.name + ": a logarithmic scale has no 0 and nothing below; expected " +
                             "two numbers above 0" + (kind_.is_drawn ? ", or random" : ", or range"));
        }
        // A draw is never an end that the key excludes, so the end may be one.
        Key bound = key_;
        if (kind_.is_drawn) {
            bound.constraint.min_excluded = bound.constraint.max_excluded = false;
        }
        for (const toml::node* end : {first_, last_}) {
            value_from_toml(bound, *end, origin_of_(end->source()));
        }
        const bool are_whole = is_whole();  // seeds are larger than what a double tells apart
        if (are_whole ? whole(*first_) > whole(*last_) : first > last) {
            refuse(node, written + " of " + key_.name + " runs backwards; expected the smaller number first: " +
                             std::string(kind_.name) + " = [" + shown(*last_) + ", " + shown(*first_) + "]");
        }
        if (are_whole ? whole(*first_) == whole(*last_) : first == last) {
            refuse(node, written + " of " + key_.name + " leaves one value; expected two different numbers, or " +
                             "the value alone in a list: [" + shown(*first_) + "]");
        }
    }

    std::int64_t count() const
    {
        const toml::node* node = table_.get("count");
        const std::string expected = "expected a whole number from 2 to " + std::to_string(most_values);
        if (node == nullptr) {
            refuse(table_, shown_table() + " has no count; " + expected + ", such as " + std::string(kind_.example));
        }
        const std::int64_t count = node->is_integer() ? node->as_integer()->get() : 0;
        if (count < 2 || count > most_values) {
            refuse(*node, "count = " + shown(*node) + " of " + key_.name + " is not possible; " + expected +
                              (count == 1 ? ", or the value alone in a list" : ""));
        }
        return count;
    }

    std::uint64_t seed() const
    {
        const toml::node* node = table_.get("seed");
        if (node == nullptr) {
            return 1;
        }
        if (!node->is_integer() || node->as_integer()->get() < 0) {
            refuse(*node, "seed = " + shown(*node) + " of " + key_.name +
                              " is not possible; expected a whole number of at least 0");
        }
        return static_cast<std::uint64_t>(node->as_integer()->get());
    }

    /// The step as a node, above 0, whole where the key is.
    const toml::node& step() const
    {
        const toml::node* node = table_.get("step");
        if (node == nullptr) {
            refuse(table_, shown_table() + " has no step; expected the distance of two values, such as " +
                               std::string(kind_.example));
        }
        const std::string written = "step = " + shown(*node) + " of " + key_.name;
        if (!(is_whole() ? node->is_integer() : node->is_number()) || !(number(*node) > 0) ||
            !std::isfinite(number(*node))) {
            refuse(*node,
                   written + " is not possible; expected a " + (is_whole() ? "whole number" : "number") + " above 0");
        }
        const double room = number(*last_) - number(*first_);
        const bool is_beyond = is_whole() ? whole(*node) > whole(*last_) - whole(*first_)
                                          : number(*node) > room * (1 + 1e-9);  // 0.3 - 0.1 is a little less than 0.2
        if (is_beyond) {
            refuse(*node, written + " leads beyond " + shown(*last_) + " at once; expected a step of at most " +
                              text_of(with_six_digits(room)));
        }
        return *node;
    }

    [[noreturn]] void refuse_length() const
    {
        refuse(table_, shown_table() + " stands for more than " + std::to_string(most_values) +
                           " values; expected fewer: choose a larger step");
    }

    std::vector<Value> range() const
    {
        const double first = number(*first_), last = number(*last_);
        const double step = number(this->step());
        const int decimals = std::max(decimals_of(first), decimals_of(step));
        std::vector<Value> values;
        for (std::int64_t i = 0;; ++i) {
            const double value = with_decimals(first + static_cast<double>(i) * step, decimals);
            if (value > last) {
                return values;
            }
            if (i == most_values) {
                refuse_length();
            }
            values.push_back(checked(value));
        }
    }

    std::vector<Value> whole_range() const
    {
        const std::int64_t last = whole(*last_), step = whole(this->step());
        std::vector<Value> values;
        for (std::int64_t value = whole(*first_);; value += step) {
            if (static_cast<std::int64_t>(values.size()) == most_values) {
                refuse_length();
            }
            values.push_back(checked(value));
            if (value > last - step) {
                return values;
            }
        }
    }

    std::vector<Value> spaced(std::int64_t count) const
    {
        const double first = std::log(number(*first_)), last = std::log(number(*last_));
        std::vector<Value> values{of_end(*first_)};
        double before = number(*first_);
        for (std::int64_t i = 1; i < count; ++i) {
            const double part = static_cast<double>(i) / static_cast<double>(count - 1);
            const double exact = std::exp((1 - part) * first + part * last);
            const double value = i == count - 1 ? number(*last_)
                                 : is_whole()   ? std::round(exact)
                                                : with_six_digits(exact);
            if (value <= before) {
                refuse_alike(count);
            }
            values.push_back(i == count - 1 ? of_end(*last_)
                             : is_whole()   ? checked(static_cast<std::int64_t>(value))
                                            : checked(value));
            before = value;
        }
        return values;
    }

    [[noreturn]] void refuse_alike(std::int64_t count) const
    {
        refuse(table_, shown_table() + " gives no " + std::to_string(count) + " different " +
                           (is_whole() ? "whole numbers" : "numbers of six significant digits") +
                           "; expected a smaller count, or bounds further apart");
    }

    std::vector<Value> drawn(std::int64_t count) const
    {
        PortableDraws draws(seed(), key_.name);
        std::vector<Value> values;
        std::set<Value> seen;
        for (int i = 0; static_cast<std::int64_t>(values.size()) < count; ++i) {
            if (i == most_draws) {
                refuse_alike(count);
            }
            const std::optional<Value> value = is_whole() ? drawn_whole(draws) : drawn_number(draws);
            if (value && allowed(key_, *value) && seen.insert(*value).second) {
                values.push_back(*value);
            }
        }
        return values;
    }

    /// Returns nullopt for a number that rounding moved out of the bounds.
    std::optional<Value> drawn_number(PortableDraws& draws) const
    {
        const double first = number(*first_), last = number(*last_), part = draws.fraction();
        const double exact = kind_.is_logarithmic ? std::exp((1 - part) * std::log(first) + part * std::log(last))
                                                  : (1 - part) * first + part * last;
        const double value = with_six_digits(exact);
        return value >= first && value <= last ? std::optional<Value>(value) : std::nullopt;
    }

    std::optional<Value> drawn_whole(PortableDraws& draws) const
    {
        const std::int64_t first = whole(*first_), last = whole(*last_);
        std::int64_t value = 0;
        if (kind_.is_logarithmic) {
            // Each whole number has the interval that is rounded to it.
            const double low = std::log(static_cast<double>(first) - 0.5);
            const double high = std::log(static_cast<double>(last) + 0.5), part = draws.fraction();
            value = std::clamp(static_cast<std::int64_t>(std::llround(std::exp((1 - part) * low + part * high))), first,
                               last);
        } else {
            value = first + static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(last - first) + 1));
        }
        return as_value(value);
    }

    Value as_value(std::int64_t whole) const
    {
        return key_.type == ValueType::seed ? Value(static_cast<std::uint64_t>(whole)) : Value(whole);
    }

    Value of_end(const toml::node& node) const { return value_from_toml(key_, node, origin_of_(node.source())); }
    Value checked(double number) const { return of_number(toml::value<double>(number)); }
    Value checked(std::int64_t whole) const { return of_number(toml::value<std::int64_t>(whole)); }
    Value of_number(const toml::node& node) const { return value_from_toml(key_, node, origin_of_(table_.source())); }

    const Key& key_;
    const toml::table& table_;
    const OriginOf& origin_of_;
    const Kind& kind_;
    const toml::node* first_ = nullptr;
    const toml::node* last_ = nullptr;
};

}  // namespace

bool is_value_shorthand(const toml::table& table)
{
    return table.contains("count") ||
           std::any_of(kinds().begin(), kinds().end(), [&](const Kind& kind) { return table.contains(kind.name); });
}

std::vector<Value> values_of_shorthand(const Key& key, const toml::table& shorthand, const OriginOf& origin_of)
{
    return Shorthand(key, shorthand, origin_of).values();
}

}  // namespace attnsweep::configs
