#include "reports/analysis/sweep_summary.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "configs/trial_identity.h"
#include "reports/analysis/missing_classes.h"
#include "store/error.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

void SweepSummary::add(const store::ConfigurationEntry& configuration, const std::vector<std::string>& further)
{
    ConfigurationSummary added{configuration.name,       {}, completeness_of(configuration),
                               summarise(configuration), {}, cautions(configuration)};
    std::vector<double> losses;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (entry.test && std::isfinite(entry.test->validation_loss)) {
            losses.push_back(entry.test->validation_loss);
        }
    }
    added.validation_loss = summarise(std::span<const double>(losses));
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

PaperBeside paper_beside_from(const std::string& name)
{
    if (name == "auto" || name == "yes" || name == "no") {
        return name == "auto" ? PaperBeside::automatic : name == "yes" ? PaperBeside::yes : PaperBeside::no;
    }
    throw store::Error(store::Error::Kind::bad_query, "\"" + name + "\": expected auto, yes or no");
}

bool shows_paper(PaperBeside wanted, const configs::DataSetDescription& data)
{
    if (wanted != PaperBeside::automatic) {
        return wanted == PaperBeside::yes;
    }
    return std::all_of(data.classes.begin(), data.classes.end(),
                       [](const std::string& name) { return store::paper_class(name).has_value(); });
}

SweepSummary read_summary(const store::Store& store, const std::string& name, store::Weights weights, PaperBeside paper)
{
    SweepSummary summary;
    summary.sweep = store::find_sweep(store, name);
    summary.weights = weights;
    summary.data = store::read_data_set(store, summary.sweep);
    summary.beside_paper = shows_paper(paper, summary.data);
    MissingClasses missing(store);
    store::read_configurations(store, summary.sweep, weights, [&](const store::ConfigurationEntry& configuration) {
        summary.add(configuration, missing.cautions(configuration));
    });
    return summary;
}

std::optional<std::size_t> best_by_validation(const SweepSummary& summary)
{
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < summary.configurations.size(); ++i) {
        const Summary& loss = summary.configurations[i].validation_loss;
        if (loss.n > 0 && (!best || loss.mean < summary.configurations[*best].validation_loss.mean)) {
            best = i;
        }
    }
    return best;
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
