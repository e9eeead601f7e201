#include "reports/tables/verdict_table.h"

#include <fmt/format.h>

namespace attnsweep::reports {

namespace {

std::string repeats_in_words(int repeats)
{
    return repeats == 0                     ? std::string(not_known)
           : repeats >= most_repeats_needed ? fmt::format("{} or more", most_repeats_needed)
                                            : fmt::format("{}", repeats);
}

/// Whether the pairs of this comparison are tested at all.
bool is_tested(const ConfigurationComparison& one, const MetricComparison& metric)
{
    return !one.is_reference && !one.same_trials && metric.conclusion.difference.n > 1;
}

}  // namespace

std::string verdict_in_short(const ConfigurationComparison& one, const MetricComparison& metric)
{
    if (one.same_trials) {
        return "the same trials";
    }
    if (one.is_reference) {
        return "no test";
    }
    switch (metric.conclusion.stopped_by) {
    case StoppedBy::nothing:
        return "different";
    case StoppedBy::no_pairs:
        return metric.a.n == 0 || metric.b.n == 0 ? "nothing to compare" : "no test";
    case StoppedBy::one_pair:
        return "no test";
    case StoppedBy::repeats:
    case StoppedBy::correction:
        return "not separable";
    case StoppedBy::recordings:
        return "different on these clips";
    }
    return "unknown";
}

Table verdict_table(const Comparison& comparison)
{
    const std::string effect =
        fmt::format("for {:g} point{}", 100 * comparison.effect, comparison.effect == 0.01 ? "" : "s");
    const bool is_corrected = comparison.asked > 1;
    Table table;
    table.title = "A: " + in_words(comparison.a) + ". B: " + in_words(comparison.b) + ". Differences in points";
    table.columns = {{"configuration", false},
                     {"metric", false},
                     {"B-A"},
                     {is_corrected ? fmt::format("95 % of all {}", comparison.asked) : "95 %"},
                     {"p"},
                     {"verdict", false},
                     {"stopped by", false},
                     {"repeats for it"},
                     {effect}};
    for (const ConfigurationComparison& one : comparison.configurations) {
        for (const MetricComparison& metric : one.metrics) {
            if (!metric.asked) {
                continue;
            }
            const Conclusion& conclusion = metric.conclusion;
            const Summary& difference = conclusion.difference;
            const bool tested = is_tested(one, metric);
            const auto needed = [&](double to_see) {
                return number_cell(tested ? repeats_in_words(repeats_needed(difference, to_see, comparison.asked))
                                          : not_known);
            };
            table.rows.push_back(
                {text_cell(name_of(one)), text_cell(metric.name),
                 number_cell(difference.n > 0 ? fmt::format("{:+.2f}", 100 * difference.mean) : not_known),
                 // Where p decides, an interval beside it may say otherwise.
                 number_cell(tested && !conclusion.p_holm
                                 ? fmt::format("{:+.2f} to {:+.2f}", 100 * conclusion.corrected->low,
                                               100 * conclusion.corrected->high)
                                 : not_known),
                 number_cell(conclusion.p_holm ? fmt::format("{:.3g}", *conclusion.p_holm) : not_known),
                 text_cell(verdict_in_short(one, metric)),
                 text_cell(one.is_reference  ? "a published mean"
                           : one.same_trials ? ""
                                             : to_string(conclusion.stopped_by)),
                 needed(difference.mean), needed(comparison.effect)});
        }
    }
    table.notes.push_back(fmt::format(
        "Different: with fewer than {0} pairs the interval{1} excludes 0; from {0} on p{2} is below 0.05, and no "
        "interval is shown; and the recordings do not contradict. Repeats for it: how many with equal seeds "
        "would show the difference seen, 4 times of 5; then for the one of --effect. --explain says each in "
        "words.",
        fewest_pairs_for_p, is_corrected ? ", widened for all comparisons," : "",
        is_corrected ? ", corrected for all," : ""));
    return table;
}

}  // namespace attnsweep::reports
