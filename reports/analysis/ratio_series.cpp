#include "reports/analysis/ratio_series.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace attnsweep::reports {

namespace {

/// What of a trial is the same all along a line. `with_input`: the input too.
std::string series_key(const configs::TrialSpec& spec, bool with_input)
{
    nlohmann::json json = spec;
    json.erase("seed");
    json.erase("data_set");
    json["model"].erase("attention_ratio");
    json["model"].erase("heads");  // idle at ratio 0
    json["model"].erase("augmented_blocks");
    if (!with_input) {
        json["data"].erase("spectrogram");
    }
    return json.dump() + (with_input ? spec.data_set.digest : "");
}

/// The configuration's name without its ratio.
std::string name_without_ratio(const std::string& configuration)
{
    std::string title;
    for (std::size_t at = 0; at < configuration.size();) {
        const std::size_t end = std::min(configuration.find('-', at), configuration.size());
        const std::string part = configuration.substr(at, end - at);
        const bool is_ratio =
            part.size() > 1 && part[0] == 'r' && part.find_first_not_of("0123456789.", 1) == std::string::npos;
        if (!is_ratio) {
            title += (title.empty() ? "" : "-") + part;
        }
        at = end + 1;
    }
    return title;
}

}  // namespace

std::string upper_case(std::string text)
{
    for (char& letter : text) {
        if (letter >= 'a' && letter <= 'z') {
            letter = static_cast<char>(letter - 'a' + 'A');
        }
    }
    return text;
}

std::vector<RatioSeries> ratio_series(const SweepSummary& summary)
{
    std::vector<RatioSeries> series;
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < summary.configurations.size(); ++i) {
        const configs::TrialSpec& spec = summary.configurations[i].spec();
        const auto [place, is_new] = places.try_emplace(series_key(spec, true), series.size());
        if (is_new) {
            series.push_back({spec.data.spectrogram,
                              name_without_ratio(summary.configurations[i].name),
                              series_key(spec, false),
                              {}});
        }
        series[place->second].configurations[spec.model.attention_ratio].push_back(i);
    }
    for (RatioSeries& line : series) {
        const auto same_input = std::count_if(series.begin(), series.end(), [&](const RatioSeries& other) {
            return other.spectrogram == line.spectrogram;
        });
        if (same_input == 1) {
            line.title = upper_case(to_string(line.spectrogram));
        }
    }
    return series;
}

bool varies_ratio(const std::vector<RatioSeries>& series)
{
    return std::any_of(series.begin(), series.end(),
                       [](const RatioSeries& line) { return line.configurations.size() > 1; });
}

std::vector<double> accuracies_at(const RatioSeries& series, double ratio, const DoneTrials& done)
{
    std::vector<double> accuracies;
    const auto found = series.configurations.find(ratio);
    if (found == series.configurations.end()) {
        return accuracies;
    }
    for (const std::size_t configuration : found->second) {
        for (const DoneTrial& trial : done.read(configuration)) {
            accuracies.push_back(trial.test.metrics.accuracy);
        }
    }
    return accuracies;
}

}  // namespace attnsweep::reports
