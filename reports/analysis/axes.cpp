#include "reports/analysis/axes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>

#include "reports/analysis/varied_settings.h"

namespace attnsweep::reports {

namespace {

std::optional<double> number_of(const std::string& text)
{
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(number) ? std::optional(number)
                                                                                  : std::nullopt;
}

void order(Axis& axis)
{
    axis.is_numeric = std::all_of(axis.values.begin(), axis.values.end(),
                                  [](const AxisValue& value) { return number_of(value.text).has_value(); });
    if (!axis.is_numeric) {
        for (std::size_t i = 0; i < axis.values.size(); ++i) {
            axis.values[i].number = static_cast<double>(i);
        }
        return;
    }
    std::vector<double> numbers;
    for (AxisValue& value : axis.values) {
        value.number = *number_of(value.text);
    }
    std::sort(axis.values.begin(), axis.values.end(),
              [](const AxisValue& a, const AxisValue& b) { return a.number < b.number; });
    for (const AxisValue& value : axis.values) {
        numbers.push_back(value.number);
    }
    axis.is_logarithmic = is_spread_logarithmically(numbers);
}

/// The largest step between neighbours, as a share of the whole.
template <typename Scale> double largest_step(const std::vector<double>& values, const Scale& scale)
{
    double largest = 0;
    for (std::size_t i = 1; i < values.size(); ++i) {
        largest = std::max(largest, scale(values[i]) - scale(values[i - 1]));
    }
    return largest / (scale(values.back()) - scale(values.front()));
}

}  // namespace

bool is_spread_logarithmically(const std::vector<double>& values)
{
    constexpr double least_ratio = 30;
    if (values.size() < 2 || values.front() <= 0 || values.back() < least_ratio * values.front()) {
        return false;
    }
    const auto linear = [](double value) { return value; };
    const auto logarithm = [](double value) { return std::log(value); };
    return values.size() == 2 || largest_step(values, logarithm) < largest_step(values, linear);
}

std::vector<Axis> axes_of(const SweepSummary& summary)
{
    VariedSettings varied;
    for (const ConfigurationSummary& configuration : summary.configurations) {
        varied.add(configuration.spec());
    }
    const std::vector<std::string> keys = varied.keys(), titles = VariedSettings::titles(keys);
    std::vector<Axis> axes;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        axes.push_back({keys[k], titles[k], false, false, {}});
    }
    for (std::size_t place = 0; place < summary.configurations.size(); ++place) {
        const std::map<std::string, std::string> settings = setting_texts(summary.configurations[place].spec());
        for (Axis& axis : axes) {
            const auto setting = settings.find(axis.key);
            const std::string text = setting == settings.end() ? "" : setting->second;
            auto value = std::find_if(axis.values.begin(), axis.values.end(),
                                      [&](const AxisValue& known) { return known.text == text; });
            if (value == axis.values.end()) {
                value = axis.values.insert(value, AxisValue{text, 0, {}});
            }
            value->configurations.push_back(place);
        }
    }
    for (Axis& axis : axes) {
        order(axis);
    }
    return axes;
}

bool shows_axes(const SweepSummary& summary, const std::vector<Axis>& axes)
{
    return summary.beside_paper
               ? std::any_of(axes.begin(), axes.end(),
                             [](const Axis& axis) {
                                 return axis.key != "data.spectrogram" && axis.key != "model.attention_ratio";
                             })
               : !axes.empty();
}

std::vector<double> accuracies_at(const AxisValue& value, const DoneTrials& done)
{
    std::vector<double> accuracies;
    for (const std::size_t configuration : value.configurations) {
        for (const DoneTrial& trial : done.read(configuration)) {
            accuracies.push_back(trial.test.metrics.accuracy);
        }
    }
    return accuracies;
}

Summary validation_accuracy_of(const SweepSummary& summary, const std::vector<std::size_t>& configurations)
{
    Summary all;
    for (const std::size_t place : configurations) {
        const Summary& one = summary.configurations[place].validation_accuracy;
        all.mean += one.n * one.mean;
        all.n += one.n;
    }
    all.mean /= std::max(all.n, 1);
    return all;
}

std::vector<AxisPair> axis_pairs(const SweepSummary& summary, const std::vector<Axis>& axes, std::size_t most)
{
    std::vector<AxisPair> pairs;
    for (std::size_t down = 0; down < axes.size(); ++down) {
        for (std::size_t across = down + 1; across < axes.size() && pairs.size() < most; ++across) {
            if (axes[down].values.size() > most_pair_values || axes[across].values.size() > most_pair_values) {
                continue;
            }
            AxisPair pair{across, down, {}};
            std::size_t filled = 0, all = 0;
            for (const AxisValue& row : axes[down].values) {
                std::vector<Summary>& cells = pair.cells.emplace_back();
                for (const AxisValue& column : axes[across].values) {
                    std::vector<std::size_t> both;
                    std::set_intersection(row.configurations.begin(), row.configurations.end(),
                                          column.configurations.begin(), column.configurations.end(),
                                          std::back_inserter(both));
                    cells.push_back(validation_accuracy_of(summary, both));
                    filled += cells.back().n > 0 ? 1 : 0;
                    ++all;
                }
            }
            if (2 * filled >= all && filled > std::max(axes[down].values.size(), axes[across].values.size())) {
                pairs.push_back(std::move(pair));
            }
        }
    }
    return pairs;
}

}  // namespace attnsweep::reports
