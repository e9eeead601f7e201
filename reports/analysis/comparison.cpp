#include "reports/analysis/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>

#include <fmt/format.h>

#include "configs/metrics.h"
#include "configs/nearest_name.h"
#include "reports/analysis/clip_pairs.h"
#include "reports/analysis/missing_classes.h"
#include "reports/analysis/varied_settings.h"
#include "reports/analysis/verdict.h"
#include "store/paper_reference.h"
#include "store/reading/metric_alias.h"

namespace attnsweep::reports {

namespace {

constexpr std::size_t most_clip_pairs = 100;

/// "training.learning_rate" -> "0.001"; seeds aside, since repeats differ in them.
std::map<std::string, std::string> settings_of(const store::TrialEntry& entry)
{
    std::map<std::string, std::string> settings = setting_texts(entry.trial.spec, true);
    if (entry.test) {
        settings["made with.attnsweep"] = entry.execution.attnsweep_version;
        settings["made with.libtorch"] = entry.execution.libtorch_version;
        settings["made on.device"] = entry.execution.device.substr(0, entry.execution.device.find(':'));
        settings["made on.threads"] = std::to_string(entry.execution.threads);
    }
    return settings;
}

std::vector<std::string> differing_settings(const store::ConfigurationEntry& a, const store::ConfigurationEntry& b)
{
    const auto first_done = [](const store::ConfigurationEntry& configuration) -> const store::TrialEntry& {
        for (const store::TrialEntry& entry : configuration.repeats) {
            if (entry.test) {
                return entry;
            }
        }
        return configuration.repeats.front();
    };
    const std::map<std::string, std::string> in_a = settings_of(first_done(a)), in_b = settings_of(first_done(b));
    std::vector<std::string> lines;
    for (const auto& [name, value] : in_a) {
        const auto other = in_b.find(name);
        if (other != in_b.end() && other->second != value) {
            lines.push_back(fmt::format("{}: {} | {}", name, value, other->second));
        }
    }
    return lines;
}

using SeedKey = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;

/// Repeats are pairs where it is equal.
SeedKey seeds_of(const DoneTrial& trial)
{
    return {trial.seed.split, trial.seed.init, trial.seed.order};
}

/// A configuration that is compared.
struct Compared {
    std::string name;
    Completeness counts;
    bool is_reference = false;  // a published mean
    std::vector<DoneTrial> done;
};

Compared compared(const store::ConfigurationEntry& configuration)
{
    return {configuration.name, completeness_of(configuration),
            configuration.repeats.front().trial.spec.data_set.digest == store::paper_data_digest,
            done_trials_of(configuration)};
}

Compared compared(const ConfigurationSummary& summary, std::vector<DoneTrial> done)
{
    return {summary.name, summary.counts, summary.spec().data_set.digest == store::paper_data_digest, std::move(done)};
}

/// What is being worked on. The pairs lead into A and B, so a copy's would lead into what it was copied from; what is moved keeps
/// its place.
struct Work {
    Work(Compared in_a, Compared in_b) : a(std::move(in_a)), b(std::move(in_b)) {}
    Work(const Work&) = delete;
    Work(Work&&) noexcept = default;
    Work& operator=(const Work&) = delete;
    Work& operator=(Work&&) = delete;

    Compared a, b;
    std::vector<std::pair<const DoneTrial*, const DoneTrial*>> pairs;
};
static_assert(!std::is_copy_constructible_v<Work> && std::is_nothrow_move_constructible_v<Work>);

Work paired(Compared in_a, Compared in_b, bool as_they_are)
{
    Work work(std::move(in_a), std::move(in_b));
    const auto key_of = [&](const DoneTrial& trial) { return as_they_are ? SeedKey() : seeds_of(trial); };
    std::multimap<SeedKey, const DoneTrial*> open;  // of equal keys the first that was put in comes first
    for (const DoneTrial& trial : work.b.done) {
        if (!trial.is_published) {
            open.emplace(key_of(trial), &trial);
        }
    }
    for (const DoneTrial& trial : work.a.done) {
        const auto partner = trial.is_published ? open.end() : open.lower_bound(key_of(trial));
        if (partner == open.end() || partner->first != key_of(trial)) {
            continue;
        }
        work.pairs.emplace_back(&trial, partner->second);
        open.erase(partner);
    }
    return work;
}

std::vector<double> differences_of(const Work& work, const configs::Metric& metric)
{
    std::vector<double> differences;
    for (const auto& [a, b] : work.pairs) {
        const double difference = b->test.metrics.*metric.value - a->test.metrics.*metric.value;
        if (std::isfinite(difference)) {
            differences.push_back(difference);
        }
    }
    return differences;
}

Summary over_repeats(const Compared& configuration, const configs::Metric& metric)
{
    std::vector<double> values;
    for (const DoneTrial& trial : configuration.done) {
        if (std::isfinite(trial.test.metrics.*metric.value)) {
            values.push_back(trial.test.metrics.*metric.value);
        }
    }
    return summarise(std::span<const double>(values));
}

CurveSummary curve_of(const store::Store& store, const store::ConfigurationEntry& configuration)
{
    CurveSummary curve;
    for (const store::TrialEntry& entry : configuration.repeats) {
        const std::vector<configs::EpochRecord> epochs = store::read_epochs(store, entry.trial.id);
        if (epochs.empty()) {
            continue;
        }
        const auto best = std::max_element(epochs.begin(), epochs.end(), [](const auto& x, const auto& y) {
            return x.validation_accuracy < y.validation_accuracy;
        });
        ++curve.repeats;
        curve.epochs += epochs.back().epoch;
        curve.best_validation_accuracy += best->validation_accuracy;
        curve.best_epoch += best->epoch;
        curve.last_train_accuracy += epochs.back().train_accuracy;
    }
    for (double* sum :
         {&curve.epochs, &curve.best_validation_accuracy, &curve.best_epoch, &curve.last_train_accuracy}) {
        *sum /= std::max(curve.repeats, 1);
    }
    return curve;
}

std::set<std::string> asked_metrics(const std::vector<std::string>& asked)
{
    std::set<std::string> metrics;
    for (const std::string& name : asked) {
        const std::vector<std::string> known = metric_names();
        const std::string metric = store::current_metric_name(name);
        if (std::find(known.begin(), known.end(), metric) == known.end()) {
            const std::string nearest = configs::nearest_name(name, known);
            throw store::Error(store::Error::Kind::bad_query,
                               "no metric \"" + name + "\"" +
                                   (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                   " Metrics: " + configs::joined(known));
        }
        metrics.insert(metric);
    }
    return metrics;
}

/// Indices of those that stand beside each other.
std::vector<std::pair<std::size_t, std::size_t>> matched(const Side& a, const Side& b, Comparison& comparison)
{
    if (a.kind != b.kind) {
        throw store::Error(store::Error::Kind::bad_query,
                           "\"" + a.given + "\" is a " + in_words(a) + " and \"" + b.given + "\" a " + in_words(b) +
                               ": expected two sweeps, two configurations or two trials");
    }
    if (a.kind != Side::Kind::sweep) {
        return {{0, 0}};
    }
    std::vector<std::pair<std::size_t, std::size_t>> places;
    const auto &in_a = a.results.configurations, &in_b = b.results.configurations;
    for (std::size_t i = 0; i < in_a.size(); ++i) {
        const auto other =
            std::find_if(in_b.begin(), in_b.end(), [&](const auto& entry) { return entry.name == in_a[i].name; });
        if (other == in_b.end()) {
            comparison.only_a.push_back(in_a[i].name);
        } else {
            places.emplace_back(i, static_cast<std::size_t>(other - in_b.begin()));
        }
    }
    for (const store::ConfigurationEntry& entry : in_b) {
        if (std::none_of(in_a.begin(), in_a.end(), [&](const auto& other) { return other.name == entry.name; })) {
            comparison.only_b.push_back(entry.name);
        }
    }
    return places;
}

ConfigurationComparison described(const Work& work, bool is_one_store, const std::set<std::string>& asked)
{
    ConfigurationComparison one;
    one.name_a = work.a.name;
    one.name_b = work.b.name;
    one.done_a = work.a.counts;
    one.done_b = work.b.counts;
    for (const auto& [a, b] : work.pairs) {
        one.pairs.push_back({a->id, b->id, a->label, b->label});
    }
    one.same_trials =
        !one.pairs.empty() && is_one_store &&
        std::all_of(one.pairs.begin(), one.pairs.end(), [](const RepeatPair& pair) { return pair.id_a == pair.id_b; });
    one.is_reference = work.a.is_reference || work.b.is_reference;
    for (const configs::Metric& metric : configs::all_metrics()) {
        one.metrics.push_back({metric.name,
                               metric.higher_is_better,
                               over_repeats(work.a, metric),
                               over_repeats(work.b, metric),
                               asked.contains(metric.name),
                               {}});
    }
    return one;
}

std::vector<std::string> cautions_of_both(const store::ConfigurationEntry& a, MissingClasses& missing_a,
                                          const store::ConfigurationEntry& b, MissingClasses& missing_b)
{
    std::vector<std::string> sentences;
    for (const auto& [side, configuration, missing] :
         {std::tuple("A", &a, &missing_a), std::tuple("B", &b, &missing_b)}) {
        for (const auto& found : {cautions(*configuration), missing->cautions(*configuration)}) {
            for (const std::string& caution : found) {
                sentences.push_back(std::string(side) + ": " + caution);
            }
        }
    }
    return sentences;
}

/// Concludes all that was asked for of all `comparisons`, described from `works`. -> how many that are
std::size_t conclude_together(std::vector<ConfigurationComparison>& comparisons, const std::vector<Work>& works,
                              const store::Store& a, const store::Store& b, store::Weights weights)
{
    std::vector<PairedSample> samples;
    std::vector<Conclusion*> conclusions;
    for (std::size_t i = 0; i < works.size(); ++i) {
        ConfigurationComparison& one = comparisons[i];
        std::vector<std::pair<std::string, std::string>> trials;
        for (const RepeatPair& pair : one.pairs) {
            trials.emplace_back(pair.id_a, pair.id_b);
        }
        // More would hold the report up and tell nothing new of the recordings, which are the same in each.
        if (trials.size() > most_clip_pairs) {
            trials.resize(most_clip_pairs);
        }
        const ClipPairs clips = pair_clips(a, b, trials, weights);
        one.no_clips = clips.missing;
        one.clips = clips.clips();
        one.clip_pairs = trials.size();
        one.recordings = static_cast<int>(clips.recordings.size());
        for (std::size_t m = 0; m < one.metrics.size(); ++m) {
            const configs::Metric& definition = configs::all_metrics()[m];
            MetricComparison& metric = one.metrics[m];
            const std::vector<double> differences = differences_of(works[i], definition);
            metric.conclusion.difference = summarise(std::span<const double>(differences));
            if (!metric.asked || differences.empty()) {
                continue;
            }
            const int rank = definition.counted_rank;
            samples.push_back({differences, rank == 0   ? std::vector<Cluster>()
                                            : rank == 1 ? clips.recordings
                                                        : pair_clips(a, b, trials, weights, rank).recordings});
            conclusions.push_back(&metric.conclusion);
        }
    }
    const std::vector<Conclusion> concluded = conclude(samples);
    for (std::size_t i = 0; i < concluded.size(); ++i) {
        *conclusions[i] = concluded[i];
    }
    return samples.size();
}

}  // namespace

std::string name_of(const ConfigurationComparison& one)
{
    return one.name_a == one.name_b ? one.name_a : one.name_a + " | " + one.name_b;
}

std::vector<std::string> metric_names()
{
    std::vector<std::string> names;
    for (const configs::Metric& metric : configs::all_metrics()) {
        names.emplace_back(metric.name);
    }
    return names;
}

Comparison compare(Side a, Side b, const std::vector<std::string>& asked, double effect)
{
    Comparison comparison;
    comparison.effect = effect;
    comparison.a = std::move(a);
    comparison.b = std::move(b);
    const std::set<std::string> names = asked_metrics(asked);
    std::vector<Work> works;
    MissingClasses missing_a(*comparison.a.store), missing_b(*comparison.b.store);
    const bool is_one_store = comparison.a.store->path() == comparison.b.store->path();
    for (const auto& [in_a, in_b] : matched(comparison.a, comparison.b, comparison)) {
        const store::ConfigurationEntry &a_entry = comparison.a.results.configurations[in_a],
                                        &b_entry = comparison.b.results.configurations[in_b];
        works.push_back(paired(compared(a_entry), compared(b_entry), comparison.a.kind == Side::Kind::trial));
        ConfigurationComparison one = described(works.back(), is_one_store, names);
        one.settings = differing_settings(a_entry, b_entry);
        one.cautions = cautions_of_both(a_entry, missing_a, b_entry, missing_b);
        if (comparison.a.kind == Side::Kind::trial) {
            one.name_a = a_entry.repeats.front().trial.label;
            one.name_b = b_entry.repeats.front().trial.label;
        }
        one.index_a = in_a;
        one.index_b = in_b;
        one.curve_a = curve_of(*comparison.a.store, a_entry);
        one.curve_b = curve_of(*comparison.b.store, b_entry);
        comparison.configurations.push_back(std::move(one));
    }
    comparison.asked = conclude_together(comparison.configurations, works, *comparison.a.store, *comparison.b.store,
                                         comparison.a.results.weights);
    for (ConfigurationComparison& one : comparison.configurations) {
        one.verdict = verdict(one, comparison.asked, "B", effect);
    }
    return comparison;
}

std::vector<ConfigurationComparison> compare_within(const store::Store& store, const SweepSummary& summary,
                                                    const DoneTrials& done,
                                                    std::span<const std::pair<std::size_t, std::size_t>> pairs,
                                                    const std::vector<std::string>& asked)
{
    const std::set<std::string> names = asked_metrics(asked);
    std::vector<Work> works;
    std::vector<ConfigurationComparison> comparisons;
    for (const auto& [a, b] : pairs) {
        works.push_back(paired(compared(summary.configurations.at(a), done.read(a)),
                               compared(summary.configurations.at(b), done.read(b)), false));
        comparisons.push_back(described(works.back(), true, names));
        comparisons.back().index_a = a;
        comparisons.back().index_b = b;
    }
    const std::size_t together = conclude_together(comparisons, works, store, store, summary.weights);
    for (ConfigurationComparison& one : comparisons) {
        one.verdict = verdict(one, together);
    }
    return comparisons;
}

}  // namespace attnsweep::reports
