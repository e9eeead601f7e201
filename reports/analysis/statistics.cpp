#include "reports/analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "configs/nearest_name.h"

namespace attnsweep::reports {

namespace {

std::string kind_of(const std::string& device)
{
    return device.substr(0, device.find(':'));  // cuda:0 and cuda:1 are one kind
}

bool is_on_gpu(const configs::ExecutionRecord& execution)
{
    return kind_of(execution.device) == "cuda";
}

/// What should be the same for all repeats; nothing: does not matter for that one.
using Facet = std::function<std::optional<std::string>(const store::TrialEntry&)>;

std::vector<std::string> distinct(const store::ConfigurationEntry& configuration, const Facet& facet)
{
    std::set<std::string> values;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (const auto value = entry.test ? facet(entry) : std::nullopt) {
            values.insert(*value);
        }
    }
    return {values.begin(), values.end()};
}

}  // namespace

Summary summarise(std::span<const double> values)
{
    Summary summary;
    summary.n = static_cast<int>(values.size());
    if (values.empty()) {
        return summary;
    }
    for (const double value : values) {
        summary.mean += value;
    }
    summary.mean /= static_cast<double>(values.size());
    if (values.size() > 1) {
        double squares = 0;
        for (const double value : values) {
            squares += (value - summary.mean) * (value - summary.mean);
        }
        summary.standard_deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
        summary.interval = t_interval(summary.mean, *summary.standard_deviation, summary.n);
    }
    return summary;
}

Completeness& Completeness::operator+=(const Completeness& other)
{
    repeats += other.repeats;
    done += other.done;
    running += other.running;
    failed += other.failed;
    return *this;
}

std::optional<std::size_t> highest_mean(std::span<const Summary> summaries)
{
    std::optional<std::size_t> highest;
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        if (summaries[i].n > 0 && (!highest || summaries[i].mean > summaries[*highest].mean)) {
            highest = i;
        }
    }
    return highest;
}

Completeness completeness_of(const store::ConfigurationEntry& configuration)
{
    Completeness counts;
    for (const store::TrialEntry& entry : configuration.repeats) {
        ++counts.repeats;
        counts.done += entry.state.status == store::Status::done;
        counts.running += entry.state.status == store::Status::running;
        counts.failed += entry.state.status == store::Status::failed;
    }
    return counts;
}

std::string in_words(const Completeness& completeness)
{
    std::string text =
        std::to_string(completeness.done) + " of " + std::to_string(completeness.repeats) + " trials done";
    const auto add = [&](int count, const char* word) {
        if (count > 0) {
            text += ", " + std::to_string(count) + " " + word;
        }
    };
    add(completeness.running, "running");
    add(completeness.failed, "failed");
    add(completeness.missing(), "missing");
    return text;
}

const Summary& MetricSummaries::operator[](double configs::Metrics::* metric) const
{
    const std::span<const configs::Metric> all = configs::all_metrics();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.value == metric; });
    return summaries_.at(static_cast<std::size_t>(found - all.begin()));
}

Summary& MetricSummaries::operator[](double configs::Metrics::* metric)
{
    return const_cast<Summary&>(std::as_const(*this)[metric]);
}

MetricSummaries summarise(const store::ConfigurationEntry& configuration)
{
    MetricSummaries summaries;
    for (const configs::Metric& metric : configs::all_metrics()) {
        std::vector<double> values;
        for (const store::TrialEntry& entry : configuration.repeats) {
            if (entry.test && std::isfinite(entry.test->metrics.*metric.value)) {
                values.push_back(entry.test->metrics.*metric.value);
            }
        }
        summaries[metric.value] = summarise(std::span<const double>(values));
    }
    // The paper's rows agree with the harmonic mean of the averages, not with the average of the runs'.
    const double precision = summaries[&configs::Metrics::precision_macro].mean,
                 recall = summaries[&configs::Metrics::recall_macro].mean;
    summaries[&configs::Metrics::f1_macro].mean =
        precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    return summaries;
}

std::vector<std::string> cautions(const store::ConfigurationEntry& configuration)
{
    std::vector<std::string> sentences;
    std::vector<std::string> mixed;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (entry.test && entry.execution.mixed) {
            mixed.push_back(entry.trial.label);
        }
    }
    if (!mixed.empty()) {
        sentences.push_back("resumed under other execution settings than it began (mixed): " + configs::joined(mixed));
    }

    const auto compare = [&](const std::string& words, const Facet& facet, bool says_values) {
        const std::vector<std::string> values = distinct(configuration, facet);
        if (values.size() > 1) {
            sentences.push_back(words + (says_values ? " (" + configs::joined(values) + ")" : ""));
        }
    };
    compare(
        "its repeats come from different code",
        [](const store::TrialEntry& e) { return e.execution.attnsweep_version; }, true);
    compare(
        "its repeats come from different versions of libtorch",
        [](const store::TrialEntry& e) { return e.execution.libtorch_version; }, true);
    compare(
        "its repeats saw different data", [](const store::TrialEntry& e) { return e.trial.spec.data_set.digest; },
        false);
    compare(
        "its repeats have different train/test splits", [](const store::TrialEntry& e) { return e.split_digest; },
        false);
    compare(
        "its repeats ran on different kinds of device",
        [](const store::TrialEntry& e) { return kind_of(e.execution.device); }, true);
    const auto on_cpus = [](auto value) {
        return [value](const store::TrialEntry& e) {
            return is_on_gpu(e.execution) ? std::nullopt : std::optional<std::string>(value(e.execution));
        };
    };
    const auto on_gpus = [](std::string configs::ExecutionRecord::* value) {
        return [value](const store::TrialEntry& e) {
            const bool is_known = is_on_gpu(e.execution) && !(e.execution.*value).empty();
            return is_known ? std::optional(e.execution.*value) : std::nullopt;
        };
    };
    compare("its repeats ran with different numbers of threads",
            on_cpus([](const configs::ExecutionRecord& run) { return std::to_string(run.threads); }), true);
    compare("its repeats ran on processors with different features",
            on_cpus([](const configs::ExecutionRecord& run) { return run.cpu_features; }), true);
    compare(
        "its repeats computed attention in different ways",
        [](const store::TrialEntry& e) { return std::optional(configs::attention_of(e.execution)); }, true);
    compare(
        "its repeats were trained by different numbers of replicas",
        [](const store::TrialEntry& e) { return std::optional(std::to_string(e.execution.replicas)); }, true);
    compare(
        "its repeats' optimizers took their steps in different ways",
        [](const store::TrialEntry& e) { return std::optional(configs::optimizer_step_of(e.execution)); }, true);
    compare("its repeats ran on different models of GPU", on_gpus(&configs::ExecutionRecord::device_name), true);
    compare("its repeats ran with different versions of cuDNN", on_gpus(&configs::ExecutionRecord::cudnn_version),
            true);
    const MetricSummaries summaries = summarise(configuration);
    const int done = summaries[&configs::Metrics::accuracy].n;
    for (const configs::Metric& metric : configs::all_metrics()) {
        const int known = summaries[metric.value].n;
        if (known > 0 && known < done) {
            sentences.push_back(
                std::string("its ") + metric.in_words + " is of " + std::to_string(known) + " of the " +
                std::to_string(done) + " repeats done: " +
                (metric.needs_predictions() ? "the predictions of the others were not kept" : "the others have none"));
        }
    }
    return sentences;
}

}  // namespace attnsweep::reports
