#include "runner/planning/only_trials.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "configs/shell_word.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "store/reading/trials_where.h"

namespace attnsweep::runner {

namespace {

constexpr std::size_t shortest_id = 6;  // a shorter one may be a label's beginning by mistake

/// SWEEP:LABEL, as other commands take it, without its sweep.
std::string within(const configs::Sweep& sweep, const std::string& pattern)
{
    return pattern.starts_with(sweep.name + ":") ? pattern.substr(sweep.name.size() + 1) : pattern;
}

bool matches(const configs::Trial& trial, const std::string& pattern)
{
    const auto is_like = [&](const std::string& name) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; };
    return trial.label == pattern || trial.configuration == pattern || is_like(trial.label) ||
           is_like(trial.configuration) || (pattern.size() >= shortest_id && trial.id.starts_with(pattern));
}

Error no_such_trial(const std::string& pattern, const configs::Sweep& sweep)
{
    constexpr std::size_t most_shown = 60;
    const std::string shown = configs::shortened(pattern, most_shown);
    std::string plain = shown;
    std::erase(plain, '*');
    std::vector<std::string> names;
    for (const configs::Trial& trial : sweep.trials) {
        names.push_back(trial.configuration);
        names.push_back(trial.label);
    }
    return Error(
        fmt::format("no trial of {} has a label, configuration or id like '{}'; the nearest: {}. * stands for any "
                    "characters, as in a shell, and is put in quotes: 'cqt-*'",
                    sweep.path, shown, configs::joined(configs::nearest_names(plain, names, 3))),
        exit_usage);
}

}  // namespace

std::string OnlyTrials::in_words() const
{
    std::string words;
    for (const std::string& pattern : patterns) {
        words += (words.empty() ? "" : " ") + (option + " " + configs::shell_word(pattern));
    }
    if (!where.empty()) {
        words += (words.empty() ? "" : " ") + ("--where " + configs::shell_word(where));
    }
    return words;
}

std::unordered_set<std::string> ids_of(const OnlyTrials& only, const configs::Sweep& sweep)
{
    std::unordered_set<std::string> ids;
    for (const configs::Trial& trial : sweep.trials) {
        if (only.patterns.empty()) {
            ids.insert(trial.id);
        }
    }
    for (const std::string& pattern : only.patterns) {
        bool is_known = false;
        for (const configs::Trial& trial : sweep.trials) {
            if (matches(trial, within(sweep, pattern))) {
                ids.insert(trial.id);
                is_known = true;
            }
        }
        if (!is_known) {
            throw no_such_trial(pattern, sweep);
        }
    }
    if (!only.where.empty()) {
        const std::unordered_set<std::string> those = store::trials_where(sweep, only.where);
        std::erase_if(ids, [&](const std::string& id) { return !those.contains(id); });
    }
    if (ids.empty()) {
        throw Error(fmt::format("no trial of {} is one of {}; `attnsweep plan {} --all --data DIR` lists its trials",
                                sweep.path, configs::printable(only.in_words()), configs::shell_path(sweep.path)),
                    exit_usage);
    }
    return ids;
}

std::string keep_only(configs::Sweep& sweep, const OnlyTrials& only, const std::unordered_set<std::string>& ids)
{
    const std::size_t all = sweep.trials.size();
    std::erase_if(sweep.trials, [&](const configs::Trial& trial) { return !ids.contains(trial.id); });
    return sweep.trials.size() == all ? std::string()
                                      : fmt::format("{}: {} of its {} trials, those of {}", sweep.name,
                                                    sweep.trials.size(), all, configs::printable(only.in_words()));
}

}  // namespace attnsweep::runner
