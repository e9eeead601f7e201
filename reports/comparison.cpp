#include "reports/comparison.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/clip_pairs.h"
#include "reports/nearest.h"
#include "reports/paper_reference.h"
#include "reports/verdict.h"

namespace attnsweep::reports {

namespace {

struct Metric {
    const char* name;
    double configs::Metrics::*value;
};

constexpr std::array<Metric, 6> all_metrics{{
    {"accuracy", &configs::Metrics::accuracy},
    {"precision_macro", &configs::Metrics::precision_macro},
    {"recall_macro", &configs::Metrics::recall_macro},
    {"f1_micro", &configs::Metrics::f1_micro},
    {"f1_macro", &configs::Metrics::f1_macro},
    {"f1_class_mean", &configs::Metrics::f1_class_mean},
}};

bool is_paper(const TrialEntry& entry)
{
    return entry.trial.spec.data_set.digest == paper_data_digest;
}

/// "training.learning_rate" -> "0.001"; seeds aside, since repeats differ in them.
std::map<std::string, std::string> settings_of(const TrialEntry& entry)
{
    std::map<std::string, std::string> settings;
    const nlohmann::json spec = entry.trial.spec;
    for (const auto& [section, fields] : spec.items()) {
        if (section == "seed")
            continue;
        for (const auto& [leaf, value] : fields.items())
            settings[section + "." + leaf] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    if (entry.test) {
        settings["made with.attnsweep"] = entry.execution.attnsweep_version;
        settings["made with.libtorch"] = entry.execution.libtorch_version;
        settings["made on.device"] = entry.execution.device.substr(0, entry.execution.device.find(':'));
        settings["made on.threads"] = std::to_string(entry.execution.threads);
    }
    return settings;
}

std::vector<std::string> differing_settings(const ConfigurationEntry& a, const ConfigurationEntry& b)
{
    const auto first_done = [](const ConfigurationEntry& configuration) -> const TrialEntry& {
        for (const TrialEntry& entry : configuration.repeats)
            if (entry.test)
                return entry;
        return configuration.repeats.front();
    };
    const std::map<std::string, std::string> in_a = settings_of(first_done(a)), in_b = settings_of(first_done(b));
    std::vector<std::string> lines;
    for (const auto& [name, value] : in_a) {
        const auto other = in_b.find(name);
        if (other != in_b.end() && other->second != value)
            lines.push_back(name + ": " + value + " | " + other->second);
    }
    return lines;
}

bool is_pair(const TrialEntry& a, const TrialEntry& b)
{
    const configs::Seeds &in_a = a.trial.spec.seed, &in_b = b.trial.spec.seed;
    return in_a.split == in_b.split && in_a.init == in_b.init && in_a.order == in_b.order;
}

/// What is being worked on: indices into the sides, and the pairs' results.
struct Work {
    const ConfigurationEntry *a, *b;
    std::vector<std::pair<const TrialEntry*, const TrialEntry*>> pairs;
};

Work paired(const ConfigurationEntry& a, const ConfigurationEntry& b, bool as_they_are)
{
    Work work{&a, &b, {}};
    std::set<const TrialEntry*> taken;
    for (const TrialEntry& in_a : a.repeats) {
        for (const TrialEntry& in_b : b.repeats) {
            if (in_a.test && in_b.test && !is_paper(in_a) && !is_paper(in_b) && (as_they_are || is_pair(in_a, in_b)) &&
                taken.insert(&in_b).second) {
                work.pairs.emplace_back(&in_a, &in_b);
                break;
            }
        }
    }
    return work;
}

std::vector<double> differences_of(const Work& work, double configs::Metrics::*metric)
{
    std::vector<double> differences;
    for (const auto& [a, b] : work.pairs)
        differences.push_back(b->test->metrics.*metric - a->test->metrics.*metric);
    return differences;
}

Summary over_repeats(const ConfigurationEntry& configuration, double configs::Metrics::*metric)
{
    std::vector<double> values;
    for (const TrialEntry& entry : configuration.repeats) {
        const bool is_published = !is_paper(entry) || metric != &configs::Metrics::f1_class_mean;
        if (entry.test && is_published)
            values.push_back(entry.test->metrics.*metric);
    }
    return summarise(std::span<const double>(values));
}

CurveSummary curve_of(const Store& store, const ConfigurationEntry& configuration)
{
    CurveSummary curve;
    for (const TrialEntry& entry : configuration.repeats) {
        const std::vector<configs::EpochRecord> epochs = read_epochs(store, entry.trial.id);
        if (epochs.empty())
            continue;
        const auto best = std::max_element(epochs.begin(), epochs.end(), [](const auto& x, const auto& y) {
            return x.validation_accuracy < y.validation_accuracy;
        });
        ++curve.repeats;
        curve.epochs += epochs.back().epoch;
        curve.best_validation_accuracy += best->validation_accuracy;
        curve.best_epoch += best->epoch;
        curve.last_train_accuracy += epochs.back().train_accuracy;
    }
    for (double* sum : {&curve.epochs, &curve.best_validation_accuracy, &curve.best_epoch, &curve.last_train_accuracy})
        *sum /= std::max(curve.repeats, 1);
    return curve;
}

std::set<std::string> asked_metrics(const std::vector<std::string>& asked)
{
    for (const std::string& name : asked) {
        const std::vector<std::string> known = metric_names();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string nearest = nearest_name(name, known);
            throw Error(Error::Kind::bad_query, "no metric \"" + name + "\"" +
                                                    (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                                    " Metrics: " + joined(known));
        }
    }
    return {asked.begin(), asked.end()};
}

/// Indices of those that stand beside each other.
std::vector<std::pair<std::size_t, std::size_t>> matched(const Side& a, const Side& b, Comparison& comparison)
{
    if (a.kind != b.kind)
        throw Error(Error::Kind::bad_query, "\"" + a.given + "\" is a " + in_words(a) + " and \"" + b.given + "\" a " +
                                                in_words(b) +
                                                ": expected two sweeps, two configurations or two trials");
    if (a.kind != Side::Kind::sweep)
        return {{0, 0}};
    std::vector<std::pair<std::size_t, std::size_t>> places;
    const auto &in_a = a.results.configurations, &in_b = b.results.configurations;
    for (std::size_t i = 0; i < in_a.size(); ++i) {
        const auto other =
            std::find_if(in_b.begin(), in_b.end(), [&](const auto& entry) { return entry.name == in_a[i].name; });
        if (other == in_b.end())
            comparison.only_a.push_back(in_a[i].name);
        else
            places.emplace_back(i, static_cast<std::size_t>(other - in_b.begin()));
    }
    for (const ConfigurationEntry& entry : in_b)
        if (std::none_of(in_a.begin(), in_a.end(), [&](const auto& other) { return other.name == entry.name; }))
            comparison.only_b.push_back(entry.name);
    return places;
}

ConfigurationComparison described(const Comparison& whole, const Work& work, const std::set<std::string>& asked)
{
    ConfigurationComparison one;
    one.name_a = whole.a.kind == Side::Kind::trial ? work.a->repeats.front().trial.label : work.a->name;
    one.name_b = whole.b.kind == Side::Kind::trial ? work.b->repeats.front().trial.label : work.b->name;
    one.done_a = completeness_of(*work.a);
    one.done_b = completeness_of(*work.b);
    one.settings = differing_settings(*work.a, *work.b);
    for (const auto& [side, configuration] : {std::pair("A", work.a), std::pair("B", work.b)})
        for (const std::string& caution : cautions(*configuration))
            one.cautions.push_back(std::string(side) + ": " + caution);
    for (const auto& [a, b] : work.pairs)
        one.pairs.push_back({a->trial.id, b->trial.id, a->trial.label, b->trial.label});
    one.same_trials =
        !one.pairs.empty() && whole.a.store->path() == whole.b.store->path() &&
        std::all_of(one.pairs.begin(), one.pairs.end(), [](const RepeatPair& pair) { return pair.id_a == pair.id_b; });
    one.is_reference = is_paper(work.a->repeats.front()) || is_paper(work.b->repeats.front());
    for (const Metric& metric : all_metrics)
        one.metrics.push_back({metric.name,
                               over_repeats(*work.a, metric.value),
                               over_repeats(*work.b, metric.value),
                               asked.contains(metric.name),
                               {}});
    one.curve_a = curve_of(*whole.a.store, *work.a);
    one.curve_b = curve_of(*whole.b.store, *work.b);
    return one;
}

}  // namespace

std::vector<std::string> metric_names()
{
    std::vector<std::string> names;
    for (const Metric& metric : all_metrics)
        names.emplace_back(metric.name);
    return names;
}

Comparison compare(Side a, Side b, const std::vector<std::string>& asked)
{
    Comparison comparison;
    comparison.a = std::move(a);
    comparison.b = std::move(b);
    const std::set<std::string> names = asked_metrics(asked);
    std::vector<PairedSample> samples;
    std::vector<Conclusion*> conclusions;
    std::vector<Work> works;
    for (const auto& [in_a, in_b] : matched(comparison.a, comparison.b, comparison)) {
        works.push_back(paired(comparison.a.results.configurations[in_a], comparison.b.results.configurations[in_b],
                               comparison.a.kind == Side::Kind::trial));
        comparison.configurations.push_back(described(comparison, works.back(), names));
        comparison.configurations.back().index_a = in_a;
        comparison.configurations.back().index_b = in_b;
    }
    for (std::size_t i = 0; i < works.size(); ++i) {
        ConfigurationComparison& one = comparison.configurations[i];
        std::vector<std::pair<std::string, std::string>> trials;
        for (const RepeatPair& pair : one.pairs)
            trials.emplace_back(pair.id_a, pair.id_b);
        const ClipPairs clips =
            pair_clips(*comparison.a.store, *comparison.b.store, trials, comparison.a.results.weights);
        one.no_clips = clips.missing;
        one.clips = clips.clips();
        one.recordings = static_cast<int>(clips.recordings.size());
        for (std::size_t m = 0; m < all_metrics.size(); ++m) {
            MetricComparison& metric = one.metrics[m];
            const std::vector<double> differences = differences_of(works[i], all_metrics[m].value);
            metric.conclusion.difference = summarise(std::span<const double>(differences));
            if (!metric.asked || one.pairs.empty())
                continue;
            // Accuracy, which F1 micro equals, is a mean over clips; the others are not.
            const bool of_clips = metric.name == "accuracy" || metric.name == "f1_micro";
            samples.push_back({differences, of_clips ? clips.recordings : std::vector<Cluster>()});
            conclusions.push_back(&metric.conclusion);
        }
    }
    const std::vector<Conclusion> concluded = conclude(samples);
    for (std::size_t i = 0; i < concluded.size(); ++i)
        *conclusions[i] = concluded[i];
    comparison.asked = samples.size();
    for (ConfigurationComparison& one : comparison.configurations)
        one.verdict = verdict(one, comparison.asked);
    return comparison;
}

}  // namespace attnsweep::reports
