#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reports/analysis/inference.h"
#include "reports/analysis/statistics.h"

namespace attnsweep::reports {

/// The data of one comparison: B - A in one metric, by repeat, and by clip if known.
struct PairedSample {
    std::vector<double> differences;  ///< of repeats with equal seeds
    std::vector<Cluster> recordings;  ///< of the same test clips under both; empty: not known, or a metric not of clips
};

/// The fewest pairs with which a sign-flip test can be significant: with 5 the smallest two-sided p is 0.0625.
inline constexpr int fewest_pairs_for_p = 6;

/// The conclusion from a PairedSample, corrected for all comparisons asked for together.
struct Conclusion {
    Summary difference;                  ///< mean, deviation, t-interval of the pairs
    std::optional<double> p, p_holm;     ///< of the sign-flip test, from fewest_pairs_for_p pairs on
    std::optional<Interval> clips;       ///< 95 % over similar recordings, for these trained networks
    std::optional<double> clips_mean;    ///< mean difference over the clips
    bool repeats_separate = false;       ///< p_holm < 0.05; with fewer pairs, Bonferroni's t-interval excludes 0
    std::optional<bool> clips_separate;  ///< Bonferroni's interval over recordings excludes 0
    /// Tells whether the repeats separate, and also the recordings if they are known.
    bool different() const { return repeats_separate && clips_separate.value_or(true); }
};

/// Draws the conclusions, in the order asked for. `draws`: bootstrap resamples.
std::vector<Conclusion> conclude(std::span<const PairedSample> asked, int draws = 10'000, std::uint64_t seed = 1);

}  // namespace attnsweep::reports
