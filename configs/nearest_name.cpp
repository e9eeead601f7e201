#include "configs/nearest_name.h"

#include <algorithm>
#include <utility>

namespace attnsweep::configs {

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above_left = diagonal;
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, above_left + (a[i - 1] == b[j - 1] ? 0 : 1)});
        }
    }
    return row[b.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& words)
{
    return *std::min_element(words.begin(), words.end(), [&](const std::string& a, const std::string& b) {
        return edit_distance(word, a) < edit_distance(word, b);
    });
}

namespace {

/// Of what is compared: no name is as long, and what a user pastes may be.
constexpr std::size_t longest_compared = 100;

/// How far a name is from another: a beginning of it, of at least three letters, is as near as one wrong letter.
std::size_t distance(std::string_view name, std::string_view candidate)
{
    return name.size() >= 3 && candidate.starts_with(name) ? std::min<std::size_t>(candidate.size() - name.size(), 1)
                                                           : edit_distance(name, candidate);
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& known, std::size_t most)
{
    name = name.substr(0, longest_compared);
    std::vector<std::pair<std::size_t, const std::string*>> nearest;  // by distance, at most `most`
    for (const std::string& candidate : known) {
        const std::pair entry{distance(name, candidate), &candidate};
        const auto is_it = [&](const auto& other) { return *other.second == candidate; };
        if (std::any_of(nearest.begin(), nearest.end(), is_it)) {
            continue;
        }
        const auto after = std::upper_bound(nearest.begin(), nearest.end(), entry,
                                            [](const auto& a, const auto& b) { return a.first < b.first; });
        nearest.insert(after, entry);
        nearest.resize(std::min(nearest.size(), most));
    }
    std::vector<std::string> names;
    names.reserve(nearest.size());
    for (const auto& [distance, found] : nearest) {
        names.push_back(*found);
    }
    return names;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known)
{
    name = name.substr(0, longest_compared);
    std::string nearest;
    std::size_t fewest = name.size() / 2 + 1;
    for (const std::string& candidate : known) {
        const std::size_t count = distance(name, candidate);
        if (count < fewest) {
            fewest = count;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string joined(const std::vector<std::string>& names, std::string_view separator)
{
    std::string text;
    for (const std::string& name : names) {
        text.append(text.empty() ? "" : separator).append(name);
    }
    return text;
}

std::string first_joined(const std::vector<std::string>& names, std::size_t most)
{
    if (names.size() <= most) {
        return joined(names);
    }
    const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(most));
    return joined(first) + " and " + std::to_string(names.size() - most) + " more";
}

}  // namespace attnsweep::configs
