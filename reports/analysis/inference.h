#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace attnsweep::reports {

/// Statistical inference on plain numbers, independent of trials. Thread-safe. Every function is checked against SciPy,
/// statsmodels and scikit-learn by tests/reports/analysis/fixtures.

struct Interval {
    double low = 0, high = 0;
    bool holds(double value) const { return low <= value && value <= high; }
};

/// Returns the quantile of Student's t distribution at `probability` (0..1, exclusive) for the given degrees of freedom
/// (above 0).
double t_quantile(double probability, double degrees_of_freedom);

/// Returns the t-interval for the mean of n normal values, given the sample mean and deviation (n - 1); none if n < 2.
std::optional<Interval> t_interval(double mean, double standard_deviation, int n, double level = 0.95);

/// Returns how many values a t-test at `significance` needs to detect a difference of `difference` with a power of 80 %, if single
/// values have the standard deviation `standard_deviation`; at most `most`, which then means: that or more.
int values_needed(double standard_deviation, double difference, int most = 1000, double significance = 0.05);

/// Returns the two-sided p of Fisher's sign-flip test, whose null hypothesis is that each difference is as likely to
/// have the opposite sign: the share of sign changes whose mean is at least as far from 0. Enumerates all 2^n for up to
/// 16 differences; for up to 300, draws 65,535 from `seed` and counts the observed one too (Phipson and Smyth 2010, so
/// that p is never 0); beyond that uses the normal approximation, with the smallest p that draws could give as its
/// lower bound. 1 without differences.
double sign_flip_p(std::span<const double> differences, std::uint64_t seed = 1);

/// Applies Holm's step-down correction to the p-values; returns them in the same order, each at most 1.
std::vector<double> holm(std::span<const double> p);

/// The clips of one recording (and its copies): their number, and the sum of the averaged quantity over them.
struct Cluster {
    double clips = 0, sum = 0;
};

/// Returns confidence intervals for sum / clips if the recordings, not the clips, are the random sample: a bootstrap of
/// whole clusters, with its percentiles widened for few clusters (Hesterberg 2015, "expanded percentile"). `draws`
/// resamples from `seed`, the same on every machine. One interval per level, from the same resamples; none for fewer
/// than two clusters.
std::vector<Interval> cluster_bootstrap(std::span<const Cluster> clusters, std::span<const double> levels,
                                        int draws = 10'000, std::uint64_t seed = 1);

}  // namespace attnsweep::reports
