#include "reports/page/page_content.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "configs/names.h"
#include "configs/nearest_name.h"
#include "reports/analysis/missing_classes.h"
#include "reports/analysis/suspicious_trials.h"
#include "reports/figures/axis_figures.h"
#include "store/reading/history.h"

namespace attnsweep::reports {

namespace {

/// A trial of the configuration at this place.
struct Found {
    std::size_t configuration;
    store::TrialEntry entry;
};

/// Takes a sweep's configurations one after the other, and keeps what the page shows of them.
class Reading {
public:
    Reading(const store::Store& store, PageContent& content, std::size_t most_listed)
        : store_(store), missing_(store), suspicious_(store, content.summary.weights, content.summary.data.classes),
          content_(content), most_listed_(most_listed)
    {
    }

    void take(const store::ConfigurationEntry& configuration)
    {
        content_.costs.push_back(cost_of(content_.costs.size(), configuration));
        content_.summary.add(configuration, missing_.cautions(configuration));
        suspicious_.add(configuration);
        content_.done.add(configuration);
        content_.listed.emplace_back();
        for (const store::TrialEntry& entry : configuration.repeats) {
            std::optional<store::TrialTrace> trace;
            if (content_.lists_all || (!entry.test && entry.state.attempts > 0)) {
                trace = store::read_trace(store_, entry.trial.id);
            }
            count_run(entry, trace);
            const bool is_named = entry.state.status != store::Status::done && name_unfinished(entry);
            if (content_.lists_all || is_named) {  // what is named has a place to lead to
                list({content_.listed.size() - 1, entry}, std::move(trace), "");
            }
        }
        if (!content_.lists_all) {
            find_extremes(configuration);
        }
    }

    /// When all are taken: of each configuration the most and the least accurate where there is room for both beside what is not
    /// done, else the most accurate alone, as far as there is room.
    void list_extremes()
    {
        const std::size_t room = most_listed_ - std::min(listed_, most_listed_);
        Extremes& extremes = content_.extremes;
        extremes.listed = std::min(extremes.done, room);
        extremes.least_too = most_.size() == extremes.done && most_.size() + least_.size() <= room;
        for (std::size_t i = 0; i < extremes.listed; ++i) {
            list(most_[i], store::read_trace(store_, most_[i].entry.trial.id), "most accurate");
        }
        for (std::size_t i = 0; extremes.least_too && i < least_.size(); ++i) {
            list(least_[i], store::read_trace(store_, least_[i].entry.trial.id), "least accurate");
        }
    }

    const SuspiciousTrials& suspicious() const { return suspicious_; }

private:
    /// `trace`: of one that is not done.
    void count_run(const store::TrialEntry& entry, const std::optional<store::TrialTrace>& trace)
    {
        if (entry.test) {
            content_.making.add(entry.execution);
        } else if (trace && trace->execution) {
            content_.making.add(*trace->execution);
        }
    }

    void list(const Found& found, std::optional<store::TrialTrace> trace, const std::string& why)
    {
        ListedTrial& listed =
            content_.listed[found.configuration].emplace_back(ListedTrial{found.entry, std::move(trace), why});
        if (found.entry.test) {  // read_trials says no more than that it is done
            listed.entry.state = store_.states({found.entry.trial.id}).front();
        }
        ++listed_;
    }

    /// Whether there is room for its name.
    bool name_unfinished(const store::TrialEntry& entry)
    {
        const store::TrialState& state = entry.state;
        std::vector<UnfinishedTrial>& named =
            state.status == store::Status::failed ? content_.failed : content_.missing;
        if (named.size() == page_unfinished) {
            ++content_.unfinished_left_out;
            return false;
        }
        const configs::Failure failure = state.last_failure.value_or(configs::Failure{});
        named.push_back({entry.trial.id, entry.trial.label,
                         state.status == store::Status::failed    ? fmt::format(", attempt {}: {}: {}", state.attempts,
                                                                                to_string(failure.kind), failure.message)
                         : state.status == store::Status::running ? fmt::format(": running, epoch {}", state.last_epoch)
                         : state.attempts == 0                    ? ": not begun"
                                               : fmt::format(": begun, not done; epoch {}", state.last_epoch)});
        return true;
    }

    /// Remembers the most and the least accurate, unless there are more already than can be listed.
    void find_extremes(const store::ConfigurationEntry& configuration)
    {
        const store::TrialEntry *most = nullptr, *least = nullptr;
        for (const store::TrialEntry& entry : configuration.repeats) {
            if (!entry.test) {
                continue;
            }
            const double accuracy = entry.test->metrics.accuracy;
            if (most == nullptr || accuracy > most->test->metrics.accuracy) {
                most = &entry;
            }
            if (least == nullptr || accuracy < least->test->metrics.accuracy) {
                least = &entry;
            }
        }
        if (most == nullptr) {
            return;
        }
        const std::size_t place = content_.listed.size() - 1;
        ++content_.extremes.done;
        if (most_.size() < most_listed_) {
            most_.push_back({place, *most});
        }
        if (least != most && least_.size() < most_listed_) {
            least_.push_back({place, *least});
        }
    }

    const store::Store& store_;
    MissingClasses missing_;
    SuspiciousTrials suspicious_;
    PageContent& content_;
    std::size_t most_listed_, listed_ = 0;
    std::vector<Found> most_, least_;
};

}  // namespace

std::string gpu_software(const configs::ExecutionRecord& run)
{
    std::vector<std::string> versions;
    for (const auto& [name, version] : {std::pair{"driver ", run.driver_version},
                                        std::pair{"cuDNN ", run.cudnn_version}, std::pair{"NCCL ", run.nccl_version}}) {
        if (!version.empty()) {
            versions.push_back(name + version);
        }
    }
    return configs::joined(versions);
}

void Making::add(const configs::ExecutionRecord& run)
{
    ++attnsweep[run.attnsweep_version];
    ++libtorch[run.libtorch_version];
    ++compilers[run.compiler];
    ++machines[run.host];
    ++devices[run.device.substr(0, run.device.find(':')) + ", " + run.device_name + ", " + run.cpu_features];
    if (const std::string versions = gpu_software(run); !versions.empty()) {
        ++drivers[versions];
    }
    ++threads[std::to_string(run.threads)];
}

PageContent read_page_content(const store::Store& store, const ReportOptions& options)
{
    PageContent content;
    SweepSummary& summary = content.summary;
    summary = begin_summary(store, options.sweep, options.weights, options.paper);
    content.store = options.store;
    content.lists_all = store::count_trials(store, summary.sweep) <= options.most_listed;
    Reading reading(store, content, options.most_listed);
    store::read_configurations(store, summary.sweep, options.weights,
                               [&](const store::ConfigurationEntry& configuration) { reading.take(configuration); });
    content.split = finish_summary(summary, store, reading.suspicious());
    if (!content.lists_all) {
        reading.list_extremes();
    }
    const store::RevisionEntry revision = store::revision_settings(store, summary.sweep);
    content.settings = revision.settings;
    content.sweep_file = std::filesystem::path(revision.path).filename();
    content.is_newest = store::find_sweep(store, summary.sweep.name).revision_id == summary.sweep.revision_id;
    content.axes = axes_of(summary);
    content.pairs = axis_pairs(summary, content.axes, most_pairs);
    content.classes = content.split ? content.split->classes : summary.data.classes;
    content.series = ratio_series(summary);
    if (summary.beside_paper) {
        content.claims = test_claims(store, summary, content.done, content.series, content.split);
    }
    content.confusions = read_confusions(store, options.weights, content.done, content.classes.size(), page_matrices);
    content.changes = class_changes(content.series, content.confusions);
    content.clips = read_clip_results(store, options.weights, content.done);
    if (options.recording_names && !content.clips.hardest.empty()) {
        content.names = options.recording_names(summary.data);
    }
    return content;
}

}  // namespace attnsweep::reports
