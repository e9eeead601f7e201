#include "reports/analysis/inference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace attnsweep::reports {

namespace {

constexpr int exact_up_to = 16, sampled_up_to = 300;
constexpr int sampled_draws = (1 << exact_up_to) - 1;

/// Equal sums may differ in their last bits by the order of adding.
bool at_least(double sum, double observed)
{
    return std::abs(sum) >= std::abs(observed) * (1 - 1e-12) - 1e-300;
}

double exact_p(std::span<const double> differences, double observed)
{
    const auto n = static_cast<unsigned>(differences.size());
    std::uint32_t extreme = 0;
    for (std::uint32_t signs = 0; signs < 1U << n; ++signs) {
        double sum = 0;
        for (unsigned i = 0; i < n; ++i) {
            sum += (signs >> i & 1U) != 0 ? -differences[i] : differences[i];
        }
        extreme += at_least(sum, observed) ? 1 : 0;
    }
    return extreme / std::ldexp(1.0, static_cast<int>(n));
}

/// Eight differences at a time, the sum that each choice of their signs has: a bit that is set makes its difference negative.
std::vector<std::array<double, 256>> sums_by_signs(std::span<const double> differences)
{
    std::vector<std::array<double, 256>> sums((differences.size() + 7) / 8);
    for (std::size_t i = 0; i < differences.size(); ++i) {
        for (std::size_t signs = 0; signs < 256; ++signs) {
            sums[i / 8][signs] += (signs >> i % 8 & 1U) != 0 ? -differences[i] : differences[i];
        }
    }
    return sums;
}

double sampled_p(std::span<const double> differences, double observed, std::uint64_t seed)
{
    const std::vector<std::array<double, 256>> sums = sums_by_signs(differences);
    std::mt19937_64 random(seed);
    int extreme = 1;
    for (int draw = 0; draw < sampled_draws; ++draw) {
        double sum = 0;
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            bits = i % 8 == 0 ? random() : bits >> 8;
            sum += sums[i][bits & 255U];
        }
        extreme += at_least(sum, observed) ? 1 : 0;
    }
    return extreme / (sampled_draws + 1.0);
}

/// A sum of many values of random sign is normal, with the sum of their squares for a variance.
double normal_p(std::span<const double> differences, double observed)
{
    const double squares = std::inner_product(differences.begin(), differences.end(), differences.begin(), 0.0);
    const double p = squares > 0 ? std::erfc(std::abs(observed) / std::sqrt(2 * squares)) : 1;
    return std::max(p, 1 / (sampled_draws + 1.0));
}

/// Below `count`, evenly and alike on every machine; std::uniform_int_distribution's ways are each library's own.
std::size_t below(std::size_t count, std::mt19937_64& random)
{
    const std::uint64_t unfair = (0 - static_cast<std::uint64_t>(count)) % count;
    std::uint64_t drawn = 0;
    do {
        drawn = random();
    } while (drawn < unfair);
    return static_cast<std::size_t>(drawn % count);
}

/// Linear between order statistics, NumPy's default.
double quantile(const std::vector<double>& sorted, double probability)
{
    const double place = probability * static_cast<double>(sorted.size() - 1);
    const auto below_it = static_cast<std::size_t>(place);
    const std::size_t above_it = std::min(below_it + 1, sorted.size() - 1);
    return std::lerp(sorted[below_it], sorted[above_it], place - static_cast<double>(below_it));
}

}  // namespace

double t_quantile(double probability, double degrees_of_freedom)
{
    return boost::math::quantile(boost::math::students_t(degrees_of_freedom), probability);
}

std::optional<Interval> t_interval(double mean, double standard_deviation, int n, double level)
{
    if (n < 2) {
        return std::nullopt;
    }
    const double half = t_quantile((1 + level) / 2, n - 1) * standard_deviation / std::sqrt(n);
    return Interval{mean - half, mean + half};
}

int values_needed(double standard_deviation, double difference, int most, double significance)
{
    const auto reaches = [&](int n) {
        return (t_quantile(1 - significance / 2, n - 1) + t_quantile(0.8, n - 1)) * standard_deviation / std::sqrt(n) <=
               difference;
    };
    int fewer = 1, n = most;  // `fewer` do not reach it; the more, the smaller what can be seen
    while (n - fewer > 1) {
        const int middle = fewer + (n - fewer) / 2;
        (reaches(middle) ? n : fewer) = middle;
    }
    return n;
}

double sign_flip_p(std::span<const double> differences, std::uint64_t seed)
{
    if (differences.empty()) {
        return 1;
    }
    const double observed = std::accumulate(differences.begin(), differences.end(), 0.0);
    if (differences.size() <= exact_up_to) {
        return exact_p(differences, observed);
    }
    return differences.size() <= sampled_up_to ? sampled_p(differences, observed, seed)
                                               : normal_p(differences, observed);
}

std::vector<double> holm(std::span<const double> p)
{
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> corrected(p.size());
    double highest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        highest = std::max(highest, std::min(1.0, p[order[i]] * static_cast<double>(order.size() - i)));
        corrected[order[i]] = highest;
    }
    return corrected;
}

std::vector<Interval> cluster_bootstrap(std::span<const Cluster> clusters, std::span<const double> levels, int draws,
                                        std::uint64_t seed)
{
    const std::size_t count = clusters.size();
    if (count < 2) {
        return {};
    }
    std::mt19937_64 random(seed);
    std::vector<double> means(static_cast<std::size_t>(draws));
    for (double& mean : means) {
        double sum = 0, clips = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const Cluster& cluster = clusters[below(count, random)];
            sum += cluster.sum;
            clips += cluster.clips;
        }
        mean = sum / clips;
    }
    std::sort(means.begin(), means.end());
    const auto n = static_cast<double>(count);
    std::vector<Interval> intervals;
    for (const double level : levels) {
        const double tail =
            boost::math::cdf(boost::math::normal(), std::sqrt(n / (n - 1)) * t_quantile((1 - level) / 2, n - 1));
        intervals.push_back({quantile(means, tail), quantile(means, 1 - tail)});
    }
    return intervals;
}

}  // namespace attnsweep::reports
