#include "reports/analysis/class_results.h"
#include "configs/shell_word.h"

#include <algorithm>

#include <fmt/format.h>

namespace attnsweep::reports {

namespace {

void add_to(configs::Confusion& sum, const configs::Confusion& counts)
{
    if (sum.empty()) {
        sum = configs::Confusion(counts.size(), std::vector<std::int64_t>(counts.size(), 0));
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        for (std::size_t j = 0; j < counts.size(); ++j) {
            sum[i][j] += counts[i][j];
        }
    }
}

bool is_square_of(const configs::Confusion& counts, std::size_t classes)
{
    return counts.size() == classes &&
           std::all_of(counts.begin(), counts.end(), [&](const auto& row) { return row.size() == classes; });
}

const ConfigurationConfusion* confusion_at(const RatioSeries& series, double ratio,
                                           const std::vector<ConfigurationConfusion>& confusions)
{
    const auto place = series.configurations.find(ratio);
    if (place == series.configurations.end()) {
        return nullptr;
    }
    const auto found = std::find_if(confusions.begin(), confusions.end(), [&](const ConfigurationConfusion& confusion) {
        return confusion.configuration == place->second.front();
    });
    return found == confusions.end() ? nullptr : &*found;
}

}  // namespace

std::vector<ConfigurationConfusion> read_confusions(const store::Store& store, store::Weights weights,
                                                    const DoneTrials& done, std::size_t classes, std::size_t most)
{
    std::vector<ConfigurationConfusion> confusions;
    for (std::size_t i = 0; i < done.configurations() && confusions.size() < most; ++i) {
        ConfigurationConfusion confusion{i, 0, {}};
        for (const DoneTrial& trial : done.read(i)) {
            const configs::Confusion counts = store::read_confusion(store, trial.attempt_id, weights);
            if (counts.empty()) {
                continue;  // published numbers, which have none
            }
            if (!is_square_of(counts, classes)) {
                throw store::Error(
                    store::Error::Kind::damaged,
                    fmt::format("the store {} holds a confusion matrix of trial {} that is not {} x {}, as its "
                                "classes are. Rebuild it from its files: attnsweep store rebuild --store {}",
                                store.path().string(), trial.label, classes, classes,
                                configs::shell_path(store.path().string())));
            }
            add_to(confusion.counts, counts);
            ++confusion.repeats;
        }
        if (confusion.repeats > 0) {
            confusions.push_back(std::move(confusion));
        }
    }
    return confusions;
}

std::vector<ClassChange> class_changes(const std::vector<RatioSeries>& series,
                                       const std::vector<ConfigurationConfusion>& confusions)
{
    std::vector<ClassChange> changes;
    for (const RatioSeries& line : series) {
        const ConfigurationConfusion* before = confusion_at(line, 0, confusions);
        const ConfigurationConfusion* after = confusion_at(line, 0.25, confusions);
        if (before != nullptr && after != nullptr) {
            changes.push_back({line.title, before->configuration, after->configuration,
                               configs::class_metrics_of(before->counts), configs::class_metrics_of(after->counts)});
        }
    }
    return changes;
}

std::vector<Mistake> mistakes(const configs::Confusion& counts, std::size_t most)
{
    const std::vector<configs::ClassMetrics> numbers = configs::class_metrics_of(counts);
    std::vector<Mistake> all;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        for (std::size_t j = 0; j < counts.size(); ++j) {
            if (i != j && counts[i][j] > 0) {
                all.push_back({i, j, counts[i][j], numbers[i].clips});
            }
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Mistake& a, const Mistake& b) { return a.clips > b.clips; });
    if (all.size() > most) {
        all.resize(most);
    }
    return all;
}

}  // namespace attnsweep::reports
