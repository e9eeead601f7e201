#include "runner/planning/sweep_difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "configs/keys.h"

namespace attnsweep::runner {

namespace {

using nlohmann::json;
using Leaves = std::map<std::string, std::string>;  // "training.learning_rate" -> JSON text

Leaves leaves_of(const json& settings)
{
    Leaves leaves;
    for (const auto& [section, keys] : settings.items()) {
        if (!keys.is_object()) {
            continue;
        }
        for (const auto& [leaf, value] : keys.items()) {
            leaves[fmt::format("{}.{}", section, leaf)] = value.dump();
        }
    }
    return leaves;
}

/// Returns every key that varies, with its values in order, regardless of which keys advance together.
std::map<std::string, std::vector<std::string>> axes_of(const json& settings)
{
    std::map<std::string, std::vector<std::string>> axes;
    for (const json& dimension : settings.value("axes", json::array())) {
        for (const auto& [key, values] : dimension.items()) {
            for (const json& value : values) {
                axes[key].push_back(value.dump());
            }
        }
    }
    return axes;
}

std::vector<Difference::Change> changes_of(const Leaves& before, const Leaves& after)
{
    std::vector<Difference::Change> changes;
    std::set<std::string> keys;
    for (const Leaves* leaves : {&before, &after}) {
        for (const auto& [key, value] : *leaves) {
            keys.insert(key);
        }
    }
    const auto value_in = [](const Leaves& leaves, const std::string& key) {
        const auto found = leaves.find(key);
        return found == leaves.end() ? std::string() : found->second;
    };
    for (const std::string& key : keys) {
        if (const std::string old = value_in(before, key), now = value_in(after, key); old != now) {
            changes.push_back({key, old, now});
        }
    }
    return changes;
}

std::vector<std::string> missing_in(const std::vector<std::string>& values, const std::vector<std::string>& others)
{
    std::vector<std::string> missing;
    for (const std::string& value : values) {
        if (std::find(others.begin(), others.end(), value) == others.end()) {
            missing.push_back(value);
        }
    }
    return missing;
}

std::string shown(const std::string& text)
{
    constexpr std::size_t most = 60;
    return text.size() > most ? text.substr(0, most - 3) + "..." : text;
}

std::string list_of(const std::vector<std::string>& words, std::size_t most)
{
    std::string list;
    for (std::size_t i = 0; i < std::min(most, words.size()); ++i) {
        list += (i == 0 ? "" : ", ") + words[i];
    }
    return words.size() > most ? fmt::format("{} and {} more", list, words.size() - most) : list;
}

std::string number_of_trials(std::size_t count)
{
    return fmt::format("{} trial{}", count, count == 1 ? "" : "s");
}

/// Returns whether a key changes what trials compute: so do data set digests, which are not keys of a sweep file.
bool is_of_trials(const std::string& key)
{
    const configs::Key* known = configs::find_key(key);
    return known == nullptr || known->of_trial() || key == "sweep.repeats" || key == "sweep.repeat_split";
}

}  // namespace

std::string changes_between(const json& before, const json& after)
{
    std::string text;
    for (const Difference::Change& change : changes_of(leaves_of(before), leaves_of(after))) {
        const bool is_data = change.key.starts_with("data_set.");
        if (is_data && change.key != "data_set.digest") {
            continue;  // follows from the digest
        }
        text += text.empty() ? "" : ", ";
        text += is_data ? fmt::format("the data set (digest {} -> {})", change.before.substr(1, 8),
                                      change.after.substr(1, 8))
                        : fmt::format("{} {} -> {}", change.key, shown(change.before), shown(change.after));
    }
    return text;
}

Difference difference_of(const configs::Sweep& sweep, const store::RevisionEntry& before)
{
    Difference difference;
    const json old = json::parse(before.settings), now = json::parse(sweep.text);
    const auto old_axes = axes_of(old), new_axes = axes_of(now);
    Leaves old_leaves = leaves_of(old), new_leaves = leaves_of(now);
    old_leaves["exclude"] = old.value("exclude", json::array()).dump();
    new_leaves["exclude"] = now.value("exclude", json::array()).dump();

    std::set<std::string> varied;
    for (const auto* axes : {&old_axes, &new_axes}) {
        for (const auto& [key, values] : *axes) {
            varied.insert(key);
        }
    }
    for (const std::string& key : varied) {
        // A single value counts as an axis of one, to show what a key gains or loses by becoming an axis.
        const auto values_in = [&](const auto& axes, Leaves& leaves) {
            const auto axis = axes.find(key);
            std::vector<std::string> values = axis != axes.end() ? axis->second : std::vector<std::string>{leaves[key]};
            leaves.erase(key);
            return values;
        };
        const std::vector<std::string> were = values_in(old_axes, old_leaves), are = values_in(new_axes, new_leaves);
        Difference::AxisChange change{key, missing_in(are, were), missing_in(were, are)};
        if (!change.added.empty() || !change.removed.empty()) {
            difference.axes.push_back(std::move(change));
        }
    }
    difference.changes = changes_of(old_leaves, new_leaves);
    // A revision of an earlier version lacks later keys, which have their defaults there.
    std::erase_if(difference.changes, [](const Difference::Change& change) {
        const configs::Key* key = configs::find_key(change.key);
        return change.before.empty() && key != nullptr &&
               configs::json_of(key->read(configs::Settings{})).dump() == change.after;
    });

    std::unordered_map<std::string_view, const store::RevisionTrial*> old_trials;
    std::unordered_set<std::string_view> old_labels, new_labels, kept;
    for (const store::RevisionTrial& trial : before.trials) {
        old_trials.emplace(trial.id, &trial);
        old_labels.insert(trial.label);
    }
    for (const configs::Trial& trial : sweep.trials) {
        new_labels.insert(trial.label);
        if (const auto found = old_trials.find(trial.id); found != old_trials.end()) {
            kept.insert(trial.id);
            ++difference.kept;
            difference.kept_done += found->second->is_done;
        } else if (old_labels.contains(trial.label)) {
            difference.changed.push_back(trial.label);
        } else {
            difference.added.push_back(trial.label);
        }
    }
    for (const store::RevisionTrial& trial : before.trials) {
        if (!kept.contains(trial.id) && !new_labels.contains(trial.label)) {
            difference.removed.push_back(trial.label);
        }
    }
    return difference;
}

std::vector<std::string> lines_of(const Difference& difference, const store::RevisionEntry& before)
{
    const std::string revision =
        fmt::format("revision {} in the store ({}, {})", before.number, before.recorded_at, before.path);
    if (difference.is_none()) {
        return {fmt::format("Unchanged since {}.", revision)};
    }
    std::vector<std::string> lines = {fmt::format("Changed since {}:", revision)};
    for (const Difference::Change& change : difference.changes) {
        const auto side = [](const std::string& value) {
            return value.empty() ? std::string("(absent)") : shown(value);
        };
        std::string line = fmt::format("  {}: {} -> {}", change.key, side(change.before), side(change.after));
        if (change.key.starts_with("data_set.")) {
            line = fmt::format("  the data set's {} spectrograms differ: {} -> {}", change.key.substr(9),
                               side(change.before.substr(0, 9)), side(change.after.substr(0, 9)));
        } else if (!is_of_trials(change.key)) {
            line += "  (changes no trial)";
        }
        lines.push_back(line);
    }
    for (const Difference::AxisChange& axis : difference.axes) {
        std::string line = fmt::format("  {}:", axis.key);
        if (!axis.added.empty()) {
            line += fmt::format(" added {}", list_of(axis.added, 10));
        }
        if (!axis.removed.empty()) {
            line += fmt::format("{} removed {}", axis.added.empty() ? "" : ";", list_of(axis.removed, 10));
        }
        lines.push_back(line);
    }
    lines.push_back(fmt::format("  kept: {}, {} of them done",
                                number_of_trials(static_cast<std::size_t>(difference.kept)), difference.kept_done));
    if (!difference.changed.empty()) {
        lines.push_back(fmt::format("  changed, to run again: {}: {} (what was done of them stays in the store)",
                                    number_of_trials(difference.changed.size()), list_of(difference.changed, 8)));
    }
    if (!difference.added.empty()) {
        lines.push_back(
            fmt::format("  added: {}: {}", number_of_trials(difference.added.size()), list_of(difference.added, 8)));
    }
    if (!difference.removed.empty()) {
        lines.push_back(fmt::format("  no longer in it: {}: {} (what is done of them stays in the store)",
                                    number_of_trials(difference.removed.size()), list_of(difference.removed, 8)));
    }
    return lines;
}

json json_of(const Difference& difference, const store::RevisionEntry& before)
{
    const auto value = [](const std::string& text) { return text.empty() ? json() : json::parse(text); };
    const auto values = [&](const std::vector<std::string>& texts) {
        json list = json::array();
        for (const std::string& text : texts) {
            list.push_back(value(text));
        }
        return list;
    };
    json changes = json::array(), axes = json::array();
    for (const Difference::Change& change : difference.changes) {
        changes.push_back({{"key", change.key}, {"before", value(change.before)}, {"after", value(change.after)}});
    }
    for (const Difference::AxisChange& axis : difference.axes) {
        axes.push_back({{"key", axis.key}, {"added", values(axis.added)}, {"removed", values(axis.removed)}});
    }
    return {{"revision", before.number},
            {"recorded_at", before.recorded_at},
            {"path", before.path},
            {"changes", changes},
            {"axes", axes},
            {"trials",
             {{"added", difference.added},
              {"changed", difference.changed},
              {"removed", difference.removed},
              {"kept", difference.kept},
              {"kept_done", difference.kept_done}}}};
}

}  // namespace attnsweep::runner
