#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace attnsweep::reports {

/// What numbers alone allow to conclude; nothing here knows of trials. Thread-safe. Every part is held against SciPy,
/// statsmodels and scikit-learn by tests/reports/analysis/fixtures.

struct Interval {
    double low = 0, high = 0;
    bool holds(double value) const { return low <= value && value <= high; }
};

/// The value that Student's t with so many degrees of freedom (above 0) stays below with `probability` (0..1, exclusive).
double t_quantile(double probability, double degrees_of_freedom);

/// For the mean of n normal values of this sample mean and deviation (n - 1); none below two values.
std::optional<Interval> t_interval(double mean, double standard_deviation, int n, double level = 0.95);

/// How many values in all let a t-test at 5 % see a difference of `difference` in four of five cases, when single ones deviate
/// by `standard_deviation`; at most `most`, which then means: that or more.
int values_needed(double standard_deviation, double difference, int most = 1000);

/// The two-sided p of "the differences are as likely to have the other sign" (Fisher): the share of sign changes whose mean is
/// at least as far from 0. All 2^n of them up to 16 differences; up to 300, 65,535 drawn from `seed` and the one observed, each counted
/// (Phipson and Smyth 2010, so that it is never 0); beyond, the normal law that such sums have, and as little as draws could say at
/// the least. 1 without differences.
double sign_flip_p(std::span<const double> differences, std::uint64_t seed = 1);

/// Holm's step-down correction over all p asked for, in their order; each at most 1.
std::vector<double> holm(std::span<const double> p);

/// The clips of one recording (and its copies): how many, and the sum over them of what is averaged.
struct Cluster {
    double clips = 0, sum = 0;
};

/// 95 % for sum / clips when the recordings, not the clips, are what was drawn at random: a bootstrap of whole clusters, its
/// percentiles widened for few of them (Hesterberg 2015, "expanded percentile"). `draws` resamples from `seed`, the same on
/// every machine. An interval a level, of the same resamples; none below two clusters.
std::vector<Interval> cluster_bootstrap(std::span<const Cluster> clusters, std::span<const double> levels,
                                        int draws = 10'000, std::uint64_t seed = 1);

}  // namespace attnsweep::reports
