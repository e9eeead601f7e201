#include "reports/sweep_summary.h"

#include <algorithm>
#include <unordered_set>

#include "configs/trial_identity.h"

namespace attnsweep::reports {

namespace {

void add(SweepSummary& summary, const ConfigurationEntry& configuration)
{
    ConfigurationSummary added{
        configuration.name, {}, completeness_of(configuration), summarise(configuration), cautions(configuration)};
    for (const TrialEntry& entry : configuration.repeats) {
        const configs::TrialSpec& spec = entry.trial.spec;
        if (std::none_of(added.specs.begin(), added.specs.end(),
                         [&](const configs::TrialSpec& other) { return configs::has_equal_settings(spec, other); }))
            added.specs.push_back(spec);
        if (entry.state.status == Status::done && summary.split_digest.empty())
            summary.split_digest = entry.split_digest;
        if (entry.state.status == Status::failed && summary.failed.size() < SweepSummary::most_listed)
            summary.failed.push_back({entry.trial.label, entry.state.last_failure.value_or(configs::Failure{})});
        if (entry.state.status == Status::pending && summary.missing.size() < SweepSummary::most_listed)
            summary.missing.push_back(entry.trial.label);
    }
    summary.configurations.push_back(std::move(added));
}

}  // namespace

SweepSummary summary_of(const SweepResults& results)
{
    SweepSummary summary{results.sweep, results.weights, results.data, {}, {}, {}, {}};
    for (const ConfigurationEntry& configuration : results.configurations)
        add(summary, configuration);
    return summary;
}

SweepSummary read_summary(const Store& store, const std::string& name, Weights weights)
{
    const SweepEntry sweep = find_sweep(store, name);
    SweepSummary summary{sweep, weights, read_data_set(store, sweep), {}, {}, {}, {}};
    ConfigurationEntry current;
    std::unordered_set<std::string> begun;
    bool is_scattered = false;
    const auto end_current = [&] {
        if (!current.repeats.empty())
            add(summary, current);
        current.repeats.clear();
    };
    read_trials(store, sweep, weights, {}, [&](TrialEntry&& entry) {
        if (current.repeats.empty() || entry.trial.configuration != current.name) {
            end_current();
            current.name = entry.trial.configuration;
            is_scattered = is_scattered || !begun.insert(current.name).second;
        }
        current.repeats.push_back(std::move(entry));
    });
    end_current();
    // As a sweep is expanded, a configuration's repeats follow each other; of a store that has it otherwise, all is read at once.
    return is_scattered ? summary_of(read_results(store, sweep, weights)) : summary;
}

Completeness completeness_of(const SweepSummary& summary)
{
    Completeness counts;
    for (const ConfigurationSummary& configuration : summary.configurations)
        counts += configuration.counts;
    return counts;
}

}  // namespace attnsweep::reports
