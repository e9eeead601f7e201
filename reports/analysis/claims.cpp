#include "reports/analysis/claims.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "reports/analysis/comparison.h"
#include "reports/analysis/statistics.h"
#include "reports/analysis/verdict.h"

namespace attnsweep::reports {

namespace {

using configs::Metrics;

/// What the claims are tested on.
struct Tested {
    const store::Store& store;
    const SweepSummary& summary;
    const DoneTrials& done;
};

/// What the claims compare: one configuration's means.
struct Model {
    std::size_t configuration = 0;
    double ratio = 0;
    MetricSummaries means;
    bool complete = false;
};

/// Of a ratio; of several configurations the first. Nothing when none of its repeats is done.
std::optional<Model> model_at(const Tested& tested, const RatioSeries& series, double ratio)
{
    const auto found = series.configurations.find(ratio);
    if (found == series.configurations.end()) {
        return std::nullopt;
    }
    const std::size_t index = found->second.front();
    const ConfigurationSummary& configuration = tested.summary.configurations[index];
    Model model{index, ratio, configuration.metrics, configuration.counts.complete()};
    return model.means[&Metrics::accuracy].n == 0 ? std::nullopt : std::optional(model);
}

std::string percent(double ratio)
{
    return fmt::format("{:g}\u00A0%", 100 * ratio);
}

std::string accuracy_of(const Model& model)
{
    return fmt::format("{:.2f}\u00A0% (n\u00A0{})", 100 * model.means[&Metrics::accuracy].mean,
                       model.means[&Metrics::accuracy].n);
}

/// A difference that a claim takes: `claimed` above `other`.
struct Difference {
    Model claimed, other;
    std::string claimed_name, words;
};

/// B - A in one metric, and whether it is more than chance.
struct Outcome {
    double difference = 0;
    bool is_told = false;
};

Outcome outcome_of(const ConfigurationComparison& comparison, const MetricComparison& metric)
{
    // Published means have no repeats: they are taken as they stand.
    return comparison.is_reference ? Outcome{metric.b.mean - metric.a.mean, true}
                                   : Outcome{metric.conclusion.difference.mean, metric.conclusion.different()};
}

/// 1: above in every metric asked for, and not by chance; -1: below in one of them; 0: neither can be said.
int sign_of(const ConfigurationComparison& comparison)
{
    bool all_above = true;
    for (const MetricComparison& metric : comparison.metrics) {
        if (!metric.asked) {
            continue;
        }
        const Outcome outcome = outcome_of(comparison, metric);
        if (outcome.is_told && outcome.difference < 0) {
            return -1;
        }
        all_above = all_above && outcome.is_told && outcome.difference > 0;
    }
    return all_above ? 1 : 0;
}

/// "against 0 %, 70.00 % (n 3): accuracy +13.33 points (95 %: +9.19 to +17.48, 3 pairs)".
std::string in_a_line(const Difference& difference, const ConfigurationComparison& comparison,
                      const MetricComparison& metric)
{
    const std::string start = difference.words + ": " + metric.name + " ";
    const Summary& pairs = metric.conclusion.difference;
    if (!comparison.is_reference && pairs.n == 0) {
        return start + "has no repeats with equal seeds to compare";
    }
    const std::string points = fmt::format("{:+.2f} points", 100 * outcome_of(comparison, metric).difference);
    if (comparison.is_reference) {
        return start + points + " between published means";
    }
    return start + points +
           (pairs.interval ? fmt::format(" (95 %: {:+.2f} to {:+.2f}, {} pairs)", 100 * pairs.interval->low,
                                         100 * pairs.interval->high, pairs.n)
                           : " (1 pair)");
}

/// What decides a verdict of this sign: of all metrics that make it so, the one that is lowest. Of a claim that holds it is the
/// narrowest.
std::string decisive_of(const std::vector<Difference>& differences,
                        const std::vector<ConfigurationComparison>& comparisons, int sign)
{
    std::string line;
    double lowest = 0;
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
        for (const MetricComparison& metric : comparisons[i].metrics) {
            if (!metric.asked) {
                continue;
            }
            const Outcome outcome = outcome_of(comparisons[i], metric);
            const int its_sign = !outcome.is_told ? 0 : outcome.difference > 0 ? 1 : outcome.difference < 0 ? -1 : 0;
            if (its_sign == sign && (line.empty() || outcome.difference < lowest)) {
                lowest = outcome.difference;
                line = in_a_line(differences[i], comparisons[i], metric);
            }
        }
    }
    return line;
}

/// Holds where all `differences` do, fails where one is the other way round.
Finding concluded(const Tested& tested, const std::string& words, const std::vector<Difference>& differences,
                  const std::vector<std::string>& metrics, bool complete)
{
    Finding finding{words, Verdict::holds, complete, differences.front().claimed.configuration, {}};
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    pairs.reserve(differences.size());
    for (const Difference& difference : differences) {
        pairs.emplace_back(difference.other.configuration, difference.claimed.configuration);
    }
    const std::vector<ConfigurationComparison> comparisons =
        compare_within(tested.store, tested.summary, tested.done, pairs, metrics);
    // Only what has pairs was tested and corrected for.
    std::size_t together = 0;
    for (const ConfigurationComparison& comparison : comparisons) {
        together += static_cast<std::size_t>(
            std::count_if(comparison.metrics.begin(), comparison.metrics.end(), [](const MetricComparison& metric) {
                return metric.asked && metric.conclusion.difference.n > 0;
            }));
    }
    bool any_below = false;
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
        const int sign = sign_of(comparisons[i]);
        any_below = any_below || sign < 0;
        if (sign == 0) {
            finding.verdict = Verdict::unclear;
        }
        finding.parts.push_back(differences[i].words + ": " +
                                verdict(comparisons[i], together, differences[i].claimed_name));
    }
    if (any_below) {
        finding.verdict = Verdict::fails;
    }
    finding.decisive = decisive_of(differences, comparisons,
                                   any_below                             ? -1
                                   : finding.verdict == Verdict::unclear ? 0
                                                                         : 1);
    return finding;
}

Finding best_at_a_quarter(const Tested& tested, const RatioSeries& series)
{
    const std::optional<Model> quarter = model_at(tested, series, 0.25);
    if (!quarter) {
        return {series.title + ": 25\u00A0% is not done.", Verdict::open, false, {}, {}};
    }
    bool complete = quarter->complete;
    std::vector<std::string> missing;
    std::vector<Difference> differences;
    for (const auto& [ratio, unused] : series.configurations) {
        if (ratio == 0.25) {
            continue;
        }
        const std::optional<Model> other = model_at(tested, series, ratio);
        complete = complete && other && other->complete;
        if (other) {
            differences.push_back(
                {*quarter, *other, percent(0.25), fmt::format("against {}, {}", percent(ratio), accuracy_of(*other))});
        } else {
            missing.push_back(percent(ratio));
        }
    }
    if (differences.empty()) {
        return {series.title + ": no other ratio is done.", Verdict::open, false, quarter->configuration, {}};
    }
    return concluded(tested,
                     fmt::format("{}: 25\u00A0% has {}.{}", series.title, accuracy_of(*quarter),
                                 missing.empty() ? "" : " Not done: " + configs::joined(missing) + "."),
                     differences, {"accuracy"}, complete);
}

Finding attention_beats_none(const Tested& tested, const RatioSeries& series)
{
    const std::optional<Model> none = model_at(tested, series, 0);
    if (!none) {
        return {series.title + ": 0\u00A0% is not done.", Verdict::open, false, {}, {}};
    }
    bool complete = none->complete;
    std::vector<std::string> missing;
    std::vector<Difference> differences;
    for (const auto& [ratio, unused] : series.configurations) {
        if (ratio == 0) {
            continue;
        }
        const std::optional<Model> with = model_at(tested, series, ratio);
        complete = complete && with && with->complete;
        if (with) {
            differences.push_back(
                {*with, *none, percent(ratio), fmt::format("{}, {}", percent(ratio), accuracy_of(*with))});
        } else {
            missing.push_back(percent(ratio));
        }
    }
    if (differences.empty()) {
        return {series.title + ": no ratio above 0\u00A0% is done.", Verdict::open, false, none->configuration, {}};
    }
    return concluded(tested,
                     fmt::format("{} against its 0\u00A0%, {}.{}", series.title, accuracy_of(*none),
                                 missing.empty() ? "" : " Not done: " + configs::joined(missing) + "."),
                     differences, {"accuracy", "f1_macro"}, complete);
}

Finding stft_beats_cqt(const Tested& tested, const RatioSeries& stft, const RatioSeries& cqt)
{
    bool complete = true;
    std::vector<Difference> differences;
    for (const auto& [ratio, unused] : stft.configurations) {
        const std::optional<Model> one = model_at(tested, stft, ratio), other = model_at(tested, cqt, ratio);
        complete = complete && one && other && one->complete && other->complete;
        if (one && other) {
            differences.push_back(
                {*one, *other, stft.title,
                 fmt::format("{}, {} against {}", percent(ratio), accuracy_of(*one), accuracy_of(*other))});
        }
    }
    const std::string titles = stft.title + " against " + cqt.title;
    if (differences.empty()) {
        return {titles + ": no ratio is done for both.", Verdict::open, false, {}, {}};
    }
    return concluded(tested, titles + ".", differences, {"accuracy"}, complete);
}

Finding gain_in_f1(const Tested& tested, const RatioSeries& series)
{
    const std::optional<Model> none = model_at(tested, series, 0), quarter = model_at(tested, series, 0.25);
    if (!none || !quarter || none->means[&Metrics::f1_macro].mean == 0) {
        return {series.title + ": 0\u00A0% or 25\u00A0% is not done.", Verdict::open, false, {}, {}};
    }
    const double gain = quarter->means[&Metrics::f1_macro].mean / none->means[&Metrics::f1_macro].mean - 1;
    return concluded(
        tested,
        fmt::format("{}: F1_macro {:.4f} without attention, {:.4f} with 25\u00A0%: {:+.2f}\u00A0% relative.",
                    series.title, none->means[&Metrics::f1_macro].mean, quarter->means[&Metrics::f1_macro].mean,
                    100 * gain + 0.0),
        {{*quarter, *none, percent(0.25), percent(0.25)}}, {"f1_macro"}, none->complete && quarter->complete);
}

/// The most that `wrong` clips can take from the sum of the classes' recalls: whole classes, the smallest first.
double most_lost(std::vector<std::int64_t> clips, double wrong)
{
    std::sort(clips.begin(), clips.end());
    double lost = 0;
    for (const std::int64_t count : clips) {
        if (count == 0) {
            continue;
        }
        const double taken = std::min(wrong, static_cast<double>(count));
        lost += taken / static_cast<double>(count);
        wrong -= taken;
    }
    return lost;
}

Finding macro_columns(const SweepSummary& summary, const store::SplitCounts& split)
{
    std::optional<Model> best;
    for (std::size_t i = 0; i < summary.configurations.size(); ++i) {
        const ConfigurationSummary& configuration = summary.configurations[i];
        const Model model{i, 0, configuration.metrics, configuration.counts.complete()};
        if (model.means[&Metrics::accuracy].n > 0 &&
            (!best || model.means[&Metrics::accuracy].mean > best->means[&Metrics::accuracy].mean)) {
            best = model;
        }
    }
    const auto tested = static_cast<double>(std::count_if(
        split.test_clips_per_class.begin(), split.test_clips_per_class.end(), [](auto n) { return n > 0; }));
    const double wrong = static_cast<double>(split.test_clips) * (1 - best->means[&Metrics::accuracy].mean);
    const double lost = tested * (1 - best->means[&Metrics::recall_macro].mean),
                 limit = most_lost(split.test_clips_per_class, wrong);
    return {fmt::format(
                "{} (the most accurate here, {}): {:.1f} of {} clips are wrong; R_macro implies {:.2f} lost from the "
                "sum of the recalls, {:.2f} are possible.",
                summary.configurations[best->configuration].name, accuracy_of(*best), wrong, split.test_clips, lost,
                limit),
            lost <= limit + 1e-6 ? Verdict::holds : Verdict::fails,
            best->complete,
            best->configuration,
            {}};
}

}  // namespace

std::string in_words(const Finding& finding)
{
    const std::string here = finding.complete ? " here" : " in the trials done so far";
    switch (finding.verdict) {
    case Verdict::holds:
        return "holds" + here;
    case Verdict::fails:
        return "does not hold" + here;
    case Verdict::unclear:
        return "not separable" + here;
    case Verdict::open:
        return "cannot be decided";
    }
    return {};
}

std::vector<Claim> test_claims(const store::Store& store, const SweepSummary& summary, const DoneTrials& done,
                               const std::vector<RatioSeries>& series, const std::optional<store::SplitCounts>& split)
{
    using configs::Spectrogram;
    const Tested tested{store, summary, done};
    std::vector<Claim> claims{
        {"25 % attention beats all other ratios, for both inputs.",
         "In its accuracies, yes: STFT 95.09 % against 89.71 % (50 %), CQT 92.40 % against 91.43 % (0 %).",
         {}},
        {"STFT beats its own 0 % at all amounts of attention.",
         "In accuracy, yes; in F1_macro no: at 50, 75 and 100 % it is below that of 0 % (.7863, .7233, .7425 against "
         ".7887).",
         {}},
        {"STFT outperforms CQT in all cases.",
         "No: at 0 % CQT has 91.43 %, STFT 84.94 %. At the other ratios STFT is ahead.",
         {}},
        {"Attention raises CQT's F1_macro (by 1.71 % in the text, by 2.46 % in the conclusion).",
         "Table II gives 2.46 % relative (.8117 to .8317), which is 2.00 points.",
         {}},
        {"The macro columns agree with the accuracy.",
         "No: at 95.09 % accuracy 102 of 2,079 clips are wrong. The table's R_macro implies 2.52 lost from the sum of "
         "the "
         "recalls, and these clips can take 3.00 only if every banjo, mandolin and guitar is wrong and nothing else.",
         {}}};
    for (const RatioSeries& line : series) {
        claims[0].findings.push_back(best_at_a_quarter(tested, line));
        if (line.spectrogram == Spectrogram::stft) {
            claims[1].findings.push_back(attention_beats_none(tested, line));
            for (const RatioSeries& other : series) {
                if (other.spectrogram == Spectrogram::cqt && other.other_input == line.other_input) {
                    claims[2].findings.push_back(stft_beats_cqt(tested, line, other));
                }
            }
        } else {
            claims[3].findings.push_back(gain_in_f1(tested, line));
        }
    }
    if (split) {
        claims[4].findings.push_back(macro_columns(summary, *split));
    }
    for (Claim& claim : claims) {
        if (claim.findings.empty()) {
            claim.findings.push_back(
                {"The trials that this claim needs are not in the sweep, or not done.", Verdict::open, false, {}, {}});
        }
    }
    return claims;
}

}  // namespace attnsweep::reports
