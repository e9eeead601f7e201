#include "reports/analysis/conclusion.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace attnsweep::reports {

namespace {

bool excludes_zero(const std::optional<Interval>& interval)
{
    return interval && !interval->holds(0);
}

constexpr double significance = 0.05;

StoppedBy rule_of(const Conclusion& conclusion)
{
    const Summary& difference = conclusion.difference;
    if (difference.n < 2) {
        return difference.n == 0 ? StoppedBy::no_pairs : StoppedBy::one_pair;
    }
    if (!conclusion.repeats_separate) {
        const bool alone = conclusion.p ? *conclusion.p < significance : excludes_zero(difference.interval);
        return alone ? StoppedBy::correction : StoppedBy::repeats;
    }
    return conclusion.different() ? StoppedBy::nothing : StoppedBy::recordings;
}

}  // namespace

std::string to_string(StoppedBy rule)
{
    switch (rule) {
    case StoppedBy::nothing:
        return "";
    case StoppedBy::no_pairs:
        return "no pairs";
    case StoppedBy::one_pair:
        return "one pair only";
    case StoppedBy::repeats:
        return "spread of the repeats";
    case StoppedBy::correction:
        return "correction";
    case StoppedBy::recordings:
        return "other recordings";
    }
    return "unknown";
}

int repeats_needed(const Summary& difference, double effect, std::size_t asked, int most)
{
    if (!difference.standard_deviation || effect == 0) {
        return 0;
    }
    const double corrected = significance / static_cast<double>(std::max<std::size_t>(asked, 1));
    const int needed = values_needed(*difference.standard_deviation, std::abs(effect), most, corrected);
    // The smallest p of a sign-flip test of n pairs is 2 / 2^n.
    return needed < fewest_pairs_for_p
               ? needed
               : std::clamp(static_cast<int>(std::ceil(std::log2(2 / corrected))), needed, std::max(needed, most));
}

std::vector<Conclusion> conclude(std::span<const PairedSample> asked, int draws, std::uint64_t seed)
{
    // A family-wise 5 %: with few pairs, and over recordings, there is no p to correct, so the intervals are widened.
    const double level = 1 - significance / static_cast<double>(std::max<std::size_t>(asked.size(), 1));
    std::vector<Conclusion> conclusions;
    std::vector<double> ps;
    for (const PairedSample& sample : asked) {
        Conclusion conclusion;
        conclusion.difference = summarise(std::span<const double>(sample.differences));
        const Summary& difference = conclusion.difference;
        if (difference.n >= fewest_pairs_for_p) {
            ps.push_back(*(conclusion.p = sign_flip_p(sample.differences, seed)));
        }
        if (difference.n > 1) {
            conclusion.corrected = t_interval(difference.mean, *difference.standard_deviation, difference.n, level);
            conclusion.repeats_separate = !conclusion.p && excludes_zero(conclusion.corrected);
        }
        double sum = 0, clips = 0;
        for (const Cluster& recording : sample.recordings) {
            sum += recording.sum;
            clips += recording.clips;
        }
        if (clips > 0) {
            conclusion.clips_mean = sum / clips;
            const std::vector<Interval> intervals =
                cluster_bootstrap(sample.recordings, std::array{0.95, level}, draws, seed);
            if (!intervals.empty()) {
                conclusion.clips = intervals[0];
            }
            conclusion.clips_separate = !intervals.empty() && !intervals[1].holds(0);
        }
        conclusions.push_back(conclusion);
    }
    const std::vector<double> corrected = holm(ps);
    std::size_t next = 0;
    for (Conclusion& conclusion : conclusions) {
        if (conclusion.p) {
            conclusion.p_holm = corrected[next++];
            conclusion.repeats_separate = *conclusion.p_holm < significance;
        }
        conclusion.stopped_by = rule_of(conclusion);
    }
    return conclusions;
}

}  // namespace attnsweep::reports
