#include "reports/analysis/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <variant>

#include "reports/analysis/varied_settings.h"
#include "store/error.h"
#include "store/reading/query.h"

namespace attnsweep::reports {

namespace {

using Seeds = std::array<std::uint64_t, 3>;

/// A configuration before it is known which settings differ, and which comes first.
struct Candidate {
    RankedConfiguration shown;
    configs::TrialSpec spec;
    std::map<Seeds, double> values;  ///< what it is ranked by, by the repeat's seeds
};

double value_of(const store::TestNumbers& test, RankedBy by)
{
    return by == RankedBy::validation_loss ? test.validation_loss : test.validation_accuracy;
}

bool is_better(double a, double b, RankedBy by)
{
    return by == RankedBy::validation_loss ? a < b : a > b;
}

Candidate candidate_of(const store::ConfigurationEntry& configuration, RankedBy by)
{
    Candidate candidate;
    RankedConfiguration& shown = candidate.shown;
    shown.name = configuration.name;
    shown.counts = completeness_of(configuration);
    candidate.spec = configuration.repeats.front().trial.spec;
    std::vector<double> values, accuracies;
    double best = 0;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (!entry.test || !std::isfinite(value_of(*entry.test, by))) {
            continue;
        }
        const double value = value_of(*entry.test, by);
        const configs::Seeds& seed = entry.trial.spec.seed;
        candidate.values[{seed.split, seed.init, seed.order}] = value;
        if (values.empty() || is_better(value, best, by)) {
            best = value;
            shown.trial = entry.trial.label;
        }
        values.push_back(value);
        accuracies.push_back(entry.test->metrics.accuracy);
    }
    shown.by = summarise(std::span<const double>(values));
    shown.test_accuracy = summarise(std::span<const double>(accuracies));
    return candidate;
}

PairedSample pairs_of(const Candidate& candidate, const Candidate& first)
{
    PairedSample sample;
    for (const auto& [seeds, value] : candidate.values) {
        if (const auto other = first.values.find(seeds); other != first.values.end()) {
            sample.differences.push_back(value - other->second);
        }
    }
    return sample;
}

/// The ids of the trials that meet a condition.
std::set<std::string> trials_where(const store::Store& store, const store::SweepEntry& sweep, const std::string& where)
{
    store::Query query;
    query.sweeps = {sweep.name + "@" + std::to_string(sweep.revision)};
    query.where = where;
    query.columns = {"trial_id"};
    std::set<std::string> ids;
    store::run_query(store, query, [&](const std::vector<store::Value>& row) {
        if (const auto* id = std::get_if<std::string>(&row.front())) {
            ids.insert(*id);
        }
    });
    return ids;
}

}  // namespace

std::string to_string(RankedBy by)
{
    return by == RankedBy::validation_loss ? "validation_loss" : "validation_accuracy";
}

RankedBy ranked_by_from(const std::string& name)
{
    for (const RankedBy by : {RankedBy::validation_loss, RankedBy::validation_accuracy}) {
        if (name == to_string(by)) {
            return by;
        }
    }
    throw store::Error(store::Error::Kind::bad_query,
                       "\"" + name +
                           "\": expected validation_loss or validation_accuracy; a result on the test clips "
                           "cannot choose, or it would be too good to be true");
}

Ranking rank_configurations(const store::Store& store, const std::string& sweep, store::Weights weights, RankedBy by,
                            const std::string& where)
{
    Ranking ranking;
    ranking.sweep = store::find_sweep(store, sweep);
    ranking.weights = weights;
    ranking.by = by;
    ranking.hidden = store::hidden_trials(store, ranking.sweep);
    const std::set<std::string> meets =
        where.empty() ? std::set<std::string>() : trials_where(store, ranking.sweep, where);
    std::vector<Candidate> candidates;
    VariedSettings varied;
    store::read_configurations(store, ranking.sweep, weights, [&](const store::ConfigurationEntry& configuration) {
        if (!where.empty() && std::none_of(configuration.repeats.begin(), configuration.repeats.end(),
                                           [&](const auto& entry) { return meets.contains(entry.trial.id); })) {
            return;
        }
        Candidate candidate = candidate_of(configuration, by);
        varied.add(candidate.spec);
        if (candidate.values.empty()) {
            (candidate.shown.counts.done > 0 ? ranking.without_validation : ranking.unranked)
                .push_back(candidate.shown.name);
        } else {
            candidates.push_back(std::move(candidate));
        }
    });
    std::stable_sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
        return is_better(a.shown.by.mean, b.shown.by.mean, by);
    });
    std::vector<PairedSample> samples;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
        samples.push_back(pairs_of(candidates[i], candidates.front()));
    }
    const std::vector<Conclusion> conclusions = conclude(samples);
    ranking.keys = varied.keys();
    std::vector<Summary> accuracies;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        RankedConfiguration& shown = candidates[i].shown;
        const std::map<std::string, std::string> settings = setting_texts(candidates[i].spec);
        for (const std::string& key : ranking.keys) {
            const auto value = settings.find(key);
            shown.settings.push_back(value == settings.end() ? "" : value->second);
        }
        if (i > 0) {
            shown.against_first = conclusions[i - 1];
        }
        accuracies.push_back(shown.test_accuracy);
        ranking.ranked.push_back(std::move(shown));
    }
    ranking.first_by_test = highest_mean(accuracies).value_or(0);
    return ranking;
}

}  // namespace attnsweep::reports
