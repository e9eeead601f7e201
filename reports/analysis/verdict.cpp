#include "reports/analysis/verdict.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reports/analysis/comparison.h"

namespace attnsweep::reports {

namespace {

std::string points(double value)
{
    return fmt::format("{:+.2f}", 100 * value);
}

std::string range(const Interval& interval)
{
    return points(interval.low) + " to " + points(interval.high);
}

std::string counted(int count, const char* word)
{
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

/// "about 5 more would show a difference of 1 point".
std::string more_repeats(const Summary& difference, double effect, std::size_t asked)
{
    const std::string named = fmt::format("{:g} point{}", 100 * effect, effect == 0.01 ? "" : "s");
    const int needed = repeats_needed(difference, effect, asked);
    if (needed >= most_repeats_needed) {
        return fmt::format("a difference of {} would take {} repeats or more", named, most_repeats_needed);
    }
    if (needed <= difference.n) {
        return fmt::format("a difference of {} would most likely have been seen", named);
    }
    return fmt::format("about {} more would show a difference of {}", needed - difference.n, named);
}

/// Why an interval that excludes 0 is not enough.
std::string of_correction(const Conclusion& conclusion, std::size_t asked)
{
    const std::string corrected =
        conclusion.p ? fmt::format("p {:.3g} alone becomes {:.3g}", *conclusion.p, *conclusion.p_holm)
                     : fmt::format("the interval becomes {}, which holds 0", range(*conclusion.corrected));
    return fmt::format(" Alone it would be different; corrected for the {} comparisons made together, {}.", asked,
                       corrected);
}

std::string of_recordings(const ConfigurationComparison& comparison, const Conclusion& conclusion)
{
    if (!conclusion.clips) {
        if (!comparison.no_clips.empty()) {
            return " No conclusion about other recordings: " + comparison.no_clips + ".";
        }
        const bool another_says_it =
            std::any_of(comparison.metrics.begin(), comparison.metrics.end(),
                        [](const MetricComparison& metric) { return metric.conclusion.clips.has_value(); });
        return another_says_it ? ""
                               : " This is about these test clips; only accuracy and top-3 allow conclusions about "
                                 "other recordings.";
    }
    return fmt::format(
        " On other recordings like these {}: {} over {} of {}{} (95 %).",
        *conclusion.clips_separate ? "its sign would likely be the same" : "its sign may be different",
        range(*conclusion.clips), counted(comparison.clips, "clip"), counted(comparison.recordings, "recording"),
        comparison.clip_pairs < comparison.pairs.size() ? fmt::format(", of the first {} pairs", comparison.clip_pairs)
                                                        : "");
}

/// The paper's side has a mean and no spread.
std::string beside_reference(const MetricComparison& metric)
{
    const bool a_is_ours = metric.a.n > 1;
    const Summary& ours = a_is_ours ? metric.a : metric.b;
    const double theirs = a_is_ours ? metric.b.mean : metric.a.mean;
    std::string text =
        fmt::format("{}: B - A is {} points; one side is the paper's mean of 3 repeats, whose spread was not "
                    "published, so there is no interval for the difference and no test.",
                    metric.name, points(metric.b.mean - metric.a.mean));
    if (ours.interval) {
        text += fmt::format(" The other side's own 95 % interval, {:.2f} to {:.2f}, {} {:.2f}.",
                            100 * ours.interval->low, 100 * ours.interval->high,
                            ours.interval->holds(theirs) ? "holds" : "does not hold", 100 * theirs);
    }
    return text;
}

std::string of_metric(const ConfigurationComparison& comparison, const MetricComparison& metric, std::size_t asked,
                      const std::string& b, double effect)
{
    if (metric.a.n == 0 || metric.b.n == 0) {
        return fmt::format("{}: not known of {}.", metric.name,
                           metric.a.n == metric.b.n ? "either side"
                           : metric.a.n == 0        ? "A"
                                                    : b);
    }
    if (comparison.is_reference) {
        return beside_reference(metric);
    }
    const Conclusion& conclusion = metric.conclusion;
    const Summary& difference = conclusion.difference;
    if (difference.n == 0) {
        return metric.name + ": no two done repeats have equal seeds, so there are no pairs and no conclusion.";
    }
    if (difference.n == 1) {
        return fmt::format("{}: {} points from one pair, which has no spread; more repeats would give one.",
                           metric.name, points(difference.mean)) +
               of_recordings(comparison, conclusion);
    }
    const std::string spread =
        fmt::format("{} points, 95 % {}{}", points(difference.mean), range(*difference.interval),
                    conclusion.p_holm ? fmt::format(", p {:.3g}", *conclusion.p_holm) : std::string());
    const std::string repeats = counted(difference.n, "repeat");
    if (conclusion.different()) {
        return fmt::format("{}: different, {} is {} by {} ({}).", metric.name, b,
                           difference.mean > 0 ? "higher" : "lower", spread, repeats) +
               of_recordings(comparison, conclusion);
    }
    if (conclusion.repeats_separate) {
        return fmt::format("{}: different between repeats on these test clips ({}, {}), but not beyond them.",
                           metric.name, spread, repeats) +
               of_recordings(comparison, conclusion);
    }
    std::string text = fmt::format("{}: not separable with {} ({}); {}.", metric.name, repeats, spread,
                                   more_repeats(difference, effect, asked));
    if (conclusion.stopped_by == StoppedBy::correction) {
        text += of_correction(conclusion, asked);
    }
    return text + of_recordings(comparison, conclusion);
}

}  // namespace

std::string verdict(const ConfigurationComparison& comparison, std::size_t asked, const std::string& b, double effect)
{
    if (comparison.done_a.done == 0 && comparison.done_b.done == 0) {
        return "nothing to compare: no repeat is done on either side.";
    }
    if (comparison.done_a.done == 0 || comparison.done_b.done == 0) {
        return fmt::format("nothing to compare: {} has no repeat done.", comparison.done_a.done == 0 ? "A" : "B");
    }
    if (comparison.same_trials) {
        return "the same trials on both sides: nothing to compare.";
    }
    std::string text;
    for (const MetricComparison& metric : comparison.metrics) {
        if (metric.asked) {
            text += (text.empty() ? "" : " ") + of_metric(comparison, metric, asked, b, effect);
        }
    }
    return text;
}

}  // namespace attnsweep::reports
