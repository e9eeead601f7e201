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
    std::optional<double> standard_deviation;  ///< of a sample (n - 1); none below two values
    std::optional<Interval> interval;          ///< 95 % for the mean, by Student's t; none below two values
};

/// Two passes, so that near-equal values keep their digits.
Summary summarise(std::span<const double> values);

/// How complete a configuration is.
struct Completeness {
    int repeats = 0, done = 0, running = 0, failed = 0;
    int missing() const { return repeats - done - running - failed; }
    bool complete() const { return done == repeats; }
    Completeness& operator+=(const Completeness& other);
};
Completeness completeness_of(const store::ConfigurationEntry& configuration);
Completeness completeness_of(const store::SweepResults& results);
std::string in_words(const Completeness& completeness);  ///< "27 of 30 done, 1 failed, 2 missing"

/// A summary of each metric: summaries[&configs::Metrics::accuracy]. f1_macro as the paper's: its mean is the harmonic mean of the
/// mean precision and the mean recall, its deviation and interval those of each run's own.
class MetricSummaries {
public:
    const Summary& operator[](double configs::Metrics::* metric) const;
    Summary& operator[](double configs::Metrics::* metric);

private:
    std::vector<Summary> summaries_ = std::vector<Summary>(configs::all_metrics().size());
};
/// Over the repeats that are done; the others are counted by completeness_of, never filled in. Of a metric that only some of
/// them have, over those, which cautions() tells.
MetricSummaries summarise(const store::ConfigurationEntry& configuration);

/// Why the repeats that are averaged may not be comparable: one sentence each (resumed under other settings, other code,
/// data, split, kind of device, threads, processor features; predictions of some alone kept). Empty when all is equal.
std::vector<std::string> cautions(const store::ConfigurationEntry& configuration);

}  // namespace attnsweep::reports
