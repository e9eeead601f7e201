#include "store/reading/setting_names.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>
#include <sqlite3.h>

#include "configs/frozen_defaults.h"
#include "configs/keys.h"
#include "configs/metrics.h"
#include "configs/nearest_name.h"
#include "store/annotations.h"

namespace attnsweep::store {

namespace {

bool begins_word(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_in_word(char c)
{
    return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.';
}

/// Words of SQL that are the last word of a setting, too: without a section they mean the former.
bool is_sql(const std::string& word)
{
    return sqlite3_keyword_check(word.data(), static_cast<int>(word.size())) != 0;
}

std::string lower_case(std::string word)
{
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return word;
}

const configs::Key* setting_named(const std::string& asked)
{
    const std::string name = lower_case(asked);  // as SQL takes its columns
    const configs::Key* found = nullptr;
    for (const configs::Key& key : configs::keys()) {
        if (key.of_trial() && (key.name == name || key.leaf() == name)) {
            if (found != nullptr) {
                return nullptr;  // two sections have it
            }
            found = &key;
        }
    }
    return found;
}

/// Returns where what begins at `at` and is no name of a column ends: a string, a quoted name, a comment; `at`: it is none.
std::size_t end_of_quoted(std::string_view text, std::size_t at)
{
    const auto after = [&](std::string_view closing, std::size_t from) {
        const std::size_t end = text.find(closing, from);
        return end == std::string_view::npos ? text.size() : end + closing.size();
    };
    switch (text[at]) {
    case '\'':
    case '"':
    case '`':
        return after(text.substr(at, 1), at + 1);  // of a doubled quote the second begins another
    case '[':
        return after("]", at + 1);
    case '-':
        return text.substr(at, 2) == "--" ? after("\n", at) : at;
    case '/':
        return text.substr(at, 2) == "/*" ? after("*/", at + 2) : at;
    default:
        return at;
    }
}

/// Whether a column's values are shares of clips or means of such.
bool is_share(std::string_view name)
{
    constexpr std::string_view best = "best_";
    const std::string_view metric = name.starts_with(best) ? name.substr(best.size()) : name;
    return metric == "validation_accuracy" ||
           (metric != "cohen_kappa" && std::any_of(configs::all_metrics().begin(), configs::all_metrics().end(),
                                                   [&](const configs::Metric& known) { return metric == known.name; }));
}

}  // namespace

std::optional<std::string> expression_of(const std::string& name, const std::vector<std::string>& known)
{
    const auto is_column = [&](std::string_view word) {
        return std::find(known.begin(), known.end(), word) != known.end();
    };
    if (is_column(name)) {
        return "\"" + name + "\"";
    }
    constexpr std::string_view tag = "tag.";
    if (name.starts_with(tag) && is_column("tags") && wrong_tag_name(name.substr(tag.size())).empty()) {
        return "json_extract(tags, '$." + name.substr(tag.size()) + "')";
    }
    const configs::Key* const key = setting_named(name);
    if (key == nullptr) {
        return std::nullopt;
    }
    // A trial recorded before the key was there has the behaviour of then.
    const configs::Value before = key->read(configs::frozen_settings());
    const auto* const text = std::get_if<std::string>(&before);
    const std::string fallback = std::holds_alternative<bool>(before) ? (std::get<bool>(before) ? "1" : "0")
                                 : text != nullptr                    ? "'" + *text + "'"
                                                                      : configs::text_of(before);
    const bool is_list = std::holds_alternative<std::vector<std::int64_t>>(before);
    return "coalesce(json_extract(spec, '$." + key->name + "'), " + (is_list ? "'" + fallback + "'" : fallback) + ")";
}

std::string with_settings(std::string_view condition, const std::vector<std::string>& known)
{
    std::string sql;
    for (std::size_t at = 0; at < condition.size();) {
        std::size_t end = end_of_quoted(condition, at);
        if (end > at) {
            sql += condition.substr(at, end - at);
            at = end;
            continue;
        }
        if (!begins_word(condition[at])) {
            // A number's exponent is no name: 1e3.
            const bool is_number = std::isdigit(static_cast<unsigned char>(condition[at])) != 0;
            end = at + 1;
            while (is_number && end < condition.size() && is_in_word(condition[end])) {
                ++end;
            }
            sql += condition.substr(at, end - at);
            at = end;
            continue;
        }
        for (end = at; end < condition.size() && is_in_word(condition[end]);) {
            ++end;
        }
        const std::string word(condition.substr(at, end - at));
        const std::size_t next = condition.find_first_not_of(" \t\n", end);
        const bool is_call = next != std::string_view::npos && condition[next] == '(';
        const auto column = std::find(known.begin(), known.end(), lower_case(word));
        const std::optional<std::string> meant =
            column == known.end() && !is_call && !is_sql(word) ? expression_of(word, known) : std::nullopt;
        sql += meant.value_or(word);
        at = end;
    }
    return sql;
}

std::vector<std::string> nearest_names(const std::string& name, const std::vector<std::string>& known, std::size_t most)
{
    const bool has_section = name.find('.') != std::string::npos;
    std::vector<std::string> names = known;
    for (const configs::Key& key : configs::keys()) {
        if (key.of_trial() && (has_section || std::find(names.begin(), names.end(), key.leaf()) == names.end())) {
            names.emplace_back(has_section ? key.name : std::string(key.leaf()));
        }
    }
    return configs::nearest_names(name, names, most);
}

std::string percent_hint(std::string_view condition)
{
    for (std::size_t at = 0; at < condition.size(); ++at) {
        if (const std::size_t end = end_of_quoted(condition, at); end > at) {
            at = end - 1;
            continue;
        }
        if (!begins_word(condition[at])) {
            continue;
        }
        const std::size_t begin = at;
        while (at < condition.size() && is_in_word(condition[at])) {
            ++at;
        }
        const std::string_view name = condition.substr(begin, at - begin);
        const std::size_t operation = condition.find_first_not_of(" \t\n", at);
        const std::size_t value = condition.find_first_not_of("<>=! \t\n", at);
        if (!is_share(name) || value == std::string_view::npos || value == operation) {
            continue;
        }
        double number = 0;
        const auto parsed = std::from_chars(condition.data() + value, condition.data() + condition.size(), number);
        if (parsed.ec == std::errc{} && number > 1 && number <= 100) {
            return fmt::format("{} runs from 0 to 1: for {:g} % write {:g}", name, number, number / 100);
        }
    }
    return {};
}

}  // namespace attnsweep::store
