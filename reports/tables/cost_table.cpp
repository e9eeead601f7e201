#include "reports/tables/cost_table.h"

#include <fmt/format.h>

#include "reports/tables/anchors.h"

namespace attnsweep::reports {

namespace {

/// A mean of the values that are there.
class Mean {
public:
    void add(double value)
    {
        sum_ += value;
        ++n_;
    }
    std::optional<double> value() const { return n_ == 0 ? std::nullopt : std::optional(sum_ / n_); }

private:
    double sum_ = 0;
    int n_ = 0;
};

}  // namespace

ConfigurationCost cost_of(std::size_t place, const store::ConfigurationEntry& configuration)
{
    const configs::TrialSpec& spec = configuration.repeats.front().trial.spec;
    ConfigurationCost cost{place, spec.data.spectrogram, spec.model.attention_ratio, 0, {}, {}, {}, {}, {}, {}};
    Mean accuracy, duration, epochs, epoch, memory, parameters;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (!entry.test) {
            continue;
        }
        ++cost.done;
        accuracy.add(entry.test->metrics.accuracy);
        epochs.add(entry.epochs);
        if (entry.duration_s > 0) {
            duration.add(entry.duration_s);
            if (entry.epochs > 0) {
                epoch.add(entry.duration_s / entry.epochs);
            }
        }
        if (entry.peak_memory_bytes > 0) {
            memory.add(static_cast<double>(entry.peak_memory_bytes));
        }
        if (entry.parameters > 0) {
            parameters.add(static_cast<double>(entry.parameters));
        }
    }
    cost.accuracy = accuracy.value();
    cost.duration_s = duration.value();
    cost.epochs = epochs.value();
    cost.epoch_s = epoch.value();
    cost.peak_memory_bytes = memory.value();
    cost.parameters = parameters.value();
    return cost;
}

std::string duration_in_words(double seconds)
{
    if (seconds < 120) {
        return fmt::format("{:.1f} s", seconds);
    }
    if (seconds < 7200) {
        return fmt::format("{:.1f} min", seconds / 60);
    }
    return fmt::format("{:.1f} h", seconds / 3600);
}

Table cost_table(const SweepSummary& summary, const std::vector<ConfigurationCost>& costs, bool for_people)
{
    Table table;
    table.title = "Cost of sweep " + summary.sweep.name + ": means over the repeats done";
    table.columns = for_people
                        ? std::vector<Column>{{"model", false}, {"n"},      {"accuracy %"}, {"parameters"},
                                              {"training"},     {"epochs"}, {"an epoch"},   {"peak memory"}}
                        : std::vector<Column>{{"configuration"}, {"done"},   {"accuracy"}, {"parameters"},
                                              {"duration_s"},    {"epochs"}, {"epoch_s"},  {"peak_memory_bytes"}};
    for (const ConfigurationCost& cost : costs) {
        const std::string link = configuration_anchor(cost.configuration);
        std::vector<Cell> row{{summary.configurations[cost.configuration].name, false, link},
                              number_cell(fmt::format("{}", cost.done))};
        const auto add = [&](const std::optional<double>& value, const auto& words) {
            if (!value) {
                row.push_back(number_cell(for_people ? not_known : ""));
            } else {
                row.push_back({for_people ? words(*value) : fmt::format("{:.10g}", *value), true, link});
            }
        };
        add(cost.accuracy, [](double value) { return fmt::format("{:.2f}", 100 * value); });
        add(cost.parameters, [](double value) { return fmt::format("{:.2f} M", value / 1e6); });
        add(cost.duration_s, duration_in_words);
        add(cost.epochs, [](double value) { return fmt::format("{:.4g}", value); });
        add(cost.epoch_s, duration_in_words);
        add(cost.peak_memory_bytes, [](double value) {
            return value < 1e9 ? fmt::format("{:.0f} MB", value / 1e6) : fmt::format("{:.2f} GB", value / 1e9);
        });
        table.rows.push_back(row);
    }
    table.notes.emplace_back("Training: over all attempts of a trial, validation and testing included. Peak memory is "
                             "the process's (on a GPU too). "
                             "Times are comparable only for the same kind of device and number of threads.");
    return table;
}

}  // namespace attnsweep::reports
