#include "reports/analysis/sweep_summary.h"

#include <algorithm>

#include "configs/trial_identity.h"
#include "reports/analysis/missing_classes.h"

namespace attnsweep::reports {

void SweepSummary::add(const store::ConfigurationEntry& configuration, const std::vector<std::string>& further)
{
    ConfigurationSummary added{
        configuration.name, {}, completeness_of(configuration), summarise(configuration), cautions(configuration)};
    added.cautions.insert(added.cautions.end(), further.begin(), further.end());
    for (const store::TrialEntry& entry : configuration.repeats) {
        const configs::TrialSpec& spec = entry.trial.spec;
        if (std::none_of(added.specs.begin(), added.specs.end(),
                         [&](const configs::TrialSpec& other) { return configs::has_equal_settings(spec, other); })) {
            added.specs.push_back(spec);
        }
        if (entry.state.status == store::Status::done && split_digest.empty()) {
            split_digest = entry.split_digest;
        }
        if (entry.state.status == store::Status::failed && failed.size() < most_named) {
            failed.push_back({entry.trial.label, entry.state.last_failure.value_or(configs::Failure{})});
        }
        if (entry.state.status == store::Status::pending && missing.size() < most_named) {
            missing.push_back(entry.trial.label);
        }
    }
    configurations.push_back(std::move(added));
}

SweepSummary read_summary(const store::Store& store, const std::string& name, store::Weights weights)
{
    const store::SweepEntry sweep = store::find_sweep(store, name);
    SweepSummary summary{sweep, weights, store::read_data_set(store, sweep), {}, {}, {}, {}};
    MissingClasses missing(store);
    store::read_configurations(store, sweep, weights, [&](const store::ConfigurationEntry& configuration) {
        summary.add(configuration, missing.cautions(configuration));
    });
    return summary;
}

Completeness completeness_of(const SweepSummary& summary)
{
    Completeness counts;
    for (const ConfigurationSummary& configuration : summary.configurations) {
        counts += configuration.counts;
    }
    return counts;
}

}  // namespace attnsweep::reports
