#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/analysis/inference.h"
#include "reports/analysis/statistics.h"

namespace attnsweep::reports {

/// The data of one comparison: B - A in one metric, by repeat, and by clip if known.
struct PairedSample {
    std::vector<double> differences;  ///< of repeats with equal seeds
    std::vector<Cluster> recordings;  ///< of the same test clips under both; empty: not known, or a metric not of clips
};

/// repeats_needed() does not count further.
inline constexpr int most_repeats_needed = 1000;

/// The fewest pairs with which a sign-flip test can be significant: with 5 the smallest two-sided p is 0.0625.
inline constexpr int fewest_pairs_for_p = 6;

/// Which rule keeps two sides from being called different: the first that does, in this order.
enum class StoppedBy {
    nothing,     ///< they are different
    no_pairs,    ///< no two repeats with equal seeds are done
    one_pair,    ///< one pair has no spread
    repeats,     ///< the pairs alone do not exclude 0
    correction,  ///< the pairs alone would, but not corrected for the number of comparisons
    recordings,  ///< the repeats separate, but the recordings, corrected too, do not
};
std::string to_string(StoppedBy rule);  ///< in a few words, for a table

/// The conclusion from a PairedSample, corrected for all comparisons asked for together.
struct Conclusion {
    Summary difference;                  ///< mean, deviation, t-interval of the pairs
    std::optional<double> p, p_holm;     ///< of the sign-flip test, from fewest_pairs_for_p pairs on
    std::optional<Interval> clips;       ///< 95 % over similar recordings, for these trained networks
    std::optional<double> clips_mean;    ///< mean difference over the clips
    bool repeats_separate = false;       ///< p_holm < 0.05; with fewer pairs, Bonferroni's t-interval excludes 0
    std::optional<bool> clips_separate;  ///< Bonferroni's interval over recordings excludes 0
    /// Bonferroni's t-interval of the pairs, from which repeats_separate follows with fewer than fewest_pairs_for_p pairs.
    std::optional<Interval> corrected = {};
    StoppedBy stopped_by = StoppedBy::no_pairs;
    /// Tells whether the repeats separate, and also the recordings if they are known.
    bool different() const { return repeats_separate && clips_separate.value_or(true); }
};

/// Returns how many repeats with equal seeds are needed to call `effect` different, with a power of 80 % and corrected for
/// `asked` comparisons, if pairs spread like `difference`; at most `most`, which then means: that or more. 0 if the pairs
/// have no spread to tell by.
int repeats_needed(const Summary& difference, double effect, std::size_t asked, int most = most_repeats_needed);

/// Draws the conclusions, in the order asked for. `draws`: bootstrap resamples.
std::vector<Conclusion> conclude(std::span<const PairedSample> asked, int draws = 10'000, std::uint64_t seed = 1);

}  // namespace attnsweep::reports
