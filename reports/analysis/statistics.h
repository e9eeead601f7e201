#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/metrics.h"
#include "reports/analysis/inference.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// Mean and spread over repeats.
struct Summary {
    int n = 0;
    double mean = 0;                           ///< 0 when n is 0
    std::optional<double> standard_deviation;  ///< of a sample (n - 1); none for fewer than two values
    std::optional<Interval> interval;          ///< 95 % for the mean, by Student's t; none for fewer than two
};

/// Summarises values in two passes, so that near-equal values keep their digits.
Summary summarise(std::span<const double> values);

/// Returns the place of the highest mean, of equal ones the first; nothing if none has a value.
std::optional<std::size_t> highest_mean(std::span<const Summary> summaries);

/// How complete a configuration is.
struct Completeness {
    int repeats = 0, done = 0, running = 0, failed = 0;
    int missing() const { return repeats - done - running - failed; }
    bool complete() const { return done == repeats; }
    Completeness& operator+=(const Completeness& other);
};
Completeness completeness_of(const store::ConfigurationEntry& configuration);
std::string in_words(const Completeness& completeness);  ///< "27 of 30 done, 1 failed, 2 missing"

/// Summaries of all metrics, indexed by metric: summaries[&configs::Metrics::accuracy]. As in the paper, the mean of
/// f1_macro is the harmonic mean of mean precision and mean recall; its deviation and interval are those of the single
/// runs' values.
class MetricSummaries {
public:
    const Summary& operator[](double configs::Metrics::* metric) const;
    Summary& operator[](double configs::Metrics::* metric);

private:
    std::vector<Summary> summaries_ = std::vector<Summary>(configs::all_metrics().size());
};
/// Summarises the metrics over the done repeats; the others are counted by completeness_of() and never filled in. A
/// metric that only some repeats have is averaged over those, and cautions() says so.
MetricSummaries summarise(const store::ConfigurationEntry& configuration);

/// Lists why the averaged repeats may not be comparable, a sentence each: resumed under other settings; other code,
/// data, split, kind of device, threads or processor features; predictions of only some kept. Empty if everything is
/// equal.
std::vector<std::string> cautions(const store::ConfigurationEntry& configuration);

}  // namespace attnsweep::reports
