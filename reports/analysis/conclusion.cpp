#include "reports/analysis/conclusion.h"

#include <algorithm>
#include <array>

namespace attnsweep::reports {

namespace {

bool excludes_zero(const std::optional<Interval>& interval)
{
    return interval && !interval->holds(0);
}

}  // namespace

std::vector<Conclusion> conclude(std::span<const PairedSample> asked, int draws, std::uint64_t seed)
{
    // A family-wise 5 %: with few pairs, and over recordings, there is no p to correct, so the intervals are widened.
    const double level = 1 - 0.05 / static_cast<double>(std::max<std::size_t>(asked.size(), 1));
    std::vector<Conclusion> conclusions;
    std::vector<double> ps;
    for (const PairedSample& sample : asked) {
        Conclusion conclusion;
        conclusion.difference = summarise(std::span<const double>(sample.differences));
        const Summary& difference = conclusion.difference;
        if (difference.n >= fewest_pairs_for_p) {
            ps.push_back(*(conclusion.p = sign_flip_p(sample.differences, seed)));
        } else if (difference.n > 1) {
            conclusion.repeats_separate =
                excludes_zero(t_interval(difference.mean, *difference.standard_deviation, difference.n, level));
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
            conclusion.repeats_separate = *conclusion.p_holm < 0.05;
        }
    }
    return conclusions;
}

}  // namespace attnsweep::reports
