#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reports/analysis/inference.h"
#include "reports/analysis/statistics.h"

namespace attnsweep::reports {

/// One comparison that was asked for: B - A in one metric, repeat by repeat, and clip by clip where that is known.
struct PairedSample {
    std::vector<double> differences;  ///< of repeats with equal seeds
    std::vector<Cluster> recordings;  ///< of the same test clips under both; empty: not known, or not a metric of clips
};

/// Below so many pairs no sign flip can be significant: with 5 the smallest two-sided p is 0.0625.
inline constexpr int fewest_pairs_for_p = 6;

/// What a PairedSample allows to say, the others asked for at the same time considered.
struct Conclusion {
    Summary difference;                ///< mean, deviation, t-interval of the pairs
    std::optional<double> p, p_holm;   ///< sign flips, from fewest_pairs_for_p pairs on
    std::optional<Interval> clips;     ///< 95 % over other recordings like these, the networks being as they are
    std::optional<double> clips_mean;  ///< mean difference over the clips
    bool repeats_separate = false;  ///< p_holm < 0.05, or with fewer pairs Bonferroni's t-interval is on one side of 0
    std::optional<bool> clips_separate;  ///< Bonferroni's interval over recordings is on one side of 0
    /// The repeats separate, and so do the recordings where they are known.
    bool different() const { return repeats_separate && clips_separate.value_or(true); }
};

/// In the order asked for. `draws`: of the bootstrap.
std::vector<Conclusion> conclude(std::span<const PairedSample> asked, int draws = 10'000, std::uint64_t seed = 1);

}  // namespace attnsweep::reports
