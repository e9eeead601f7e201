#include "reports/analysis/sweep_summary.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "configs/trial_identity.h"
#include "reports/analysis/missing_classes.h"
#include "reports/analysis/suspicious_trials.h"
#include "store/error.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

void SweepSummary::add(const store::ConfigurationEntry& configuration, const std::vector<std::string>& further)
{
    ConfigurationSummary added{configuration.name,       {}, completeness_of(configuration),
                               summarise(configuration), {}, cautions(configuration)};
    const auto over_repeats = [&](double store::TestNumbers::* number) {
        std::vector<double> values;
        for (const store::TrialEntry& entry : configuration.repeats) {
            if (entry.test && std::isfinite((*entry.test).*number)) {
                values.push_back((*entry.test).*number);
            }
        }
        return summarise(std::span<const double>(values));
    };
    added.validation_loss = over_repeats(&store::TestNumbers::validation_loss);
    added.validation_accuracy = over_repeats(&store::TestNumbers::validation_accuracy);
    added.cautions.insert(added.cautions.end(), further.begin(), further.end());
    for (const store::TrialEntry& entry : configuration.repeats) {
        const configs::TrialSpec& spec = entry.trial.spec;
        if (std::none_of(added.specs.begin(), added.specs.end(),
                         [&](const configs::TrialSpec& other) { return configs::has_equal_settings(spec, other); })) {
            added.specs.push_back(spec);
        }
        if (entry.state.status == store::Status::done) {
            split_digest = split_digest.empty() ? entry.split_digest : split_digest;
            has_other_splits = has_other_splits || entry.split_digest != split_digest;
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

SweepSummary begin_summary(const store::Store& store, const std::string& name, store::Weights weights,
                           PaperBeside paper)
{
    SweepSummary summary;
    summary.sweep = store::find_sweep(store, name);
    summary.weights = weights;
    summary.data = store::read_data_set(store, summary.sweep);
    summary.beside_paper = shows_paper(paper, summary.data);
    return summary;
}

std::optional<store::SplitCounts> finish_summary(SweepSummary& summary, const store::Store& store,
                                                 const SuspiciousTrials& suspicious)
{
    summary.suspicious = suspicious.in_words();
    summary.hidden = store::hidden_trials(store, summary.sweep);
    std::optional<store::SplitCounts> split;
    if (!summary.split_digest.empty()) {
        split = store::read_split(store, summary.split_digest);
    }
    if (split && !summary.has_other_splits) {
        summary.baseline = baseline_of(*split);
    }
    return split;
}

SweepSummary read_summary(const store::Store& store, const std::string& name, store::Weights weights, PaperBeside paper)
{
    SweepSummary summary = begin_summary(store, name, weights, paper);
    MissingClasses missing(store);
    SuspiciousTrials suspicious(store, weights, summary.data.classes);
    store::read_configurations(store, summary.sweep, weights, [&](const store::ConfigurationEntry& configuration) {
        summary.add(configuration, missing.cautions(configuration));
        suspicious.add(configuration);
    });
    finish_summary(summary, store, suspicious);
    return summary;
}

std::string hidden_in_words(const std::vector<std::string>& labels)
{
    return labels.empty() ? std::string()
                          : fmt::format("{} trial{} hidden by `store hide` and in none of these numbers: {}.",
                                        labels.size(), labels.size() == 1 ? " is" : "s are",
                                        configs::first_joined(labels, SweepSummary::most_named));
}

std::vector<std::size_t> by_validation(const SweepSummary& summary)
{
    const auto loss = [&](std::size_t place) { return summary.configurations[place].validation_loss; };
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < summary.configurations.size(); ++i) {
        if (loss(i).n > 0) {
            places.push_back(i);
        }
    }
    std::stable_sort(places.begin(), places.end(),
                     [&](std::size_t a, std::size_t b) { return loss(a).mean < loss(b).mean; });
    return places;
}

std::string chosen_by_test_in_words(const std::string& name, double its_accuracy, double accuracy_of_chosen,
                                    std::size_t configurations)
{
    return fmt::format("Chosen by test accuracy it would have been {} ({:.2f} % against {:.2f} %): that number would "
                       "then be too good, since it is the highest of {}.",
                       name, 100 * its_accuracy, 100 * accuracy_of_chosen, configurations);
}

std::string best_in_words(const SweepSummary& summary, const std::function<std::string(std::size_t)>& named)
{
    std::vector<Summary> accuracies;
    for (const ConfigurationSummary& configuration : summary.configurations) {
        accuracies.push_back(configuration.metrics[&configs::Metrics::accuracy]);
    }
    const std::optional<std::size_t> by_test = highest_mean(accuracies);
    if (!by_test) {
        return {};
    }
    const std::vector<std::size_t> ranked = by_validation(summary);
    if (ranked.empty()) {
        return fmt::format("Most accurate: {}, {:.2f} %.", named(*by_test), 100 * accuracies[*by_test].mean);
    }
    const std::size_t best = ranked.front();
    std::string words = fmt::format("Best by validation loss: {}, {:.4f}; its test accuracy is {:.2f} %.", named(best),
                                    summary.configurations[best].validation_loss.mean, 100 * accuracies[best].mean);
    if (accuracies[*by_test].mean > accuracies[best].mean) {
        const auto done =
            std::count_if(accuracies.begin(), accuracies.end(), [](const Summary& one) { return one.n > 0; });
        words += " " + chosen_by_test_in_words(named(*by_test), accuracies[*by_test].mean, accuracies[best].mean,
                                               static_cast<std::size_t>(done));
    }
    return words;
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
