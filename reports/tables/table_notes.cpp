#include "reports/tables/table_notes.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "configs/failure_message.h"
#include "configs/names.h"
#include "configs/nearest_name.h"
#include "reports/analysis/varied_settings.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

namespace {

using configs::SplitKind;

std::vector<std::string> distinct(const SweepSummary& results,
                                  const std::function<std::string(const configs::TrialSpec&)>& facet)
{
    std::vector<std::string> values;
    for (const ConfigurationSummary& configuration : results.configurations) {
        for (const configs::TrialSpec& spec : configuration.specs) {
            const std::string value = facet(spec);
            if (std::find(values.begin(), values.end(), value) == values.end()) {
                values.push_back(value);
            }
        }
    }
    return values;
}

std::string words_of(SplitKind kind, bool beside_paper)
{
    switch (kind) {
    case SplitKind::clip:
        return std::string("by clip at random") + (beside_paper ? ", as in the paper" : "") +
               " (clips of one recording can be in both sets)";
    case SplitKind::group:
        return "by recording (a recording and its copies are in one set)";
    case SplitKind::manifest:
        return "as the manifest says";
    }
    return "unknown";
}

/// The first names, then how many more there are.
std::string first_of(const std::vector<std::string>& names, int all)
{
    const int more = all - static_cast<int>(names.size());
    return configs::joined(names) + (more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string in_one_line(std::string message)
{
    constexpr std::size_t longest = 90;
    const std::size_t end = message.find('\n');
    if (end != std::string::npos || message.size() > longest) {
        message = message.substr(0, std::min(end, longest)) + "...";
    }
    return message;
}

/// "model.first_filters" -> "8", of a spec's settings that are not identity of the row itself.
std::map<std::string, std::string> settings_of(const configs::TrialSpec& spec)
{
    static const std::set<std::string> named_by_the_row{"data.spectrogram", "model.attention_ratio"};
    std::map<std::string, std::string> settings = setting_texts(spec);
    for (const std::string& name : named_by_the_row) {
        settings.erase(name);
    }
    return settings;
}

}  // namespace

std::string completeness_note(const SweepSummary& results)
{
    const Completeness counts = completeness_of(results);
    std::string note = in_words(counts) + ".";
    if (!results.hidden.empty()) {
        note += " " + hidden_in_words(results.hidden);
    }
    if (counts.complete()) {
        return note;
    }
    note += " The means are over the repeats done (column n); nothing is filled in.";
    std::vector<std::string> failed;
    for (const SweepSummary::FailedTrial& trial : results.failed) {
        failed.push_back(trial.label + " (" + to_string(trial.failure.kind) + ": " +
                         in_one_line(configs::without_particulars(trial.failure.message)) + ")");
    }
    if (!failed.empty()) {
        note += " Failed: " + first_of(failed, counts.failed) + ".";
    }
    if (!results.missing.empty()) {
        note += " Missing: " + first_of(results.missing, counts.missing()) + ".";
    }
    return note;
}

std::vector<std::string> data_notes(const SweepSummary& results)
{
    std::vector<std::string> notes;
    const configs::DataSetDescription& data = results.data;
    const configs::Geometry& geometry = data.geometry;
    notes.push_back(fmt::format("Data: {} clips of {:g} s from {} recordings, {} classes.", data.clips, geometry.clip_s,
                                data.recordings, data.classes.size()));
    std::string line = fmt::format(
        "Geometry: sample rate {} Hz, hop {} samples, n_fft {}; CQT {} octaves x {} bins from fmin {:.3f} Hz. "
        "Input, time x frequency: STFT {} x {}, CQT {} x {}.",
        geometry.sample_rate_hz, geometry.hop_samples, geometry.n_fft, geometry.octaves, geometry.bins_per_octave,
        geometry.fmin_hz, geometry.frames(), geometry.bins(configs::Spectrogram::stft), geometry.frames(),
        geometry.bins(configs::Spectrogram::cqt));
    notes.push_back(line);
    notes.push_back(
        "Scale: " +
        configs::joined(distinct(results, [](const configs::TrialSpec& spec) { return to_string(spec.data.scale); })) +
        "; normalisation: " +
        configs::joined(
            distinct(results, [](const configs::TrialSpec& spec) { return to_string(spec.data.normalisation); })) +
        ".");
    notes.push_back("Split: " +
                    configs::joined(distinct(results,
                                             [&](const configs::TrialSpec& spec) {
                                                 return words_of(spec.data.split, results.beside_paper) +
                                                        (spec.data.stratified ? ", class by class" : "");
                                             }),
                                    "; ") +
                    "; test " +
                    configs::joined(distinct(results,
                                             [](const configs::TrialSpec& spec) {
                                                 return fmt::format("{:g} %", 100 * spec.data.test_fraction);
                                             })) +
                    " of all, validation " +
                    configs::joined(distinct(results,
                                             [](const configs::TrialSpec& spec) {
                                                 return spec.data.train_on_validation
                                                            ? std::string("none (its clips are trained on, too)")
                                                            : fmt::format("{:g} % of the rest",
                                                                          100 * spec.data.validation_fraction);
                                             })) +
                    ".");
    return notes;
}

std::vector<std::string> metric_notes(const SweepSummary& results)
{
    std::vector<std::string> notes{
        results.weights == store::Weights::last
            ? "Weights: last (those after the last epoch, as Keras keeps them after an early stop)."
            : "Weights: best (those of the epoch whose monitored validation value was best).",
        "P_macro, R_macro: mean of the classes' precision and recall; a class never predicted has precision 0. "
        "F1_micro equals "
        "the accuracy. F1_macro is the harmonic mean of the two averages over the repeats (its "
        "deviation is that of the single runs' values), F1 classes the mean of the classes' F1, top-3 the "
        "share of clips whose true class is among the three likeliest."};
    if (results.beside_paper) {
        notes.back() += " F1_macro is the paper's; F1 classes and top-3 are not in it.";
        notes.emplace_back(store::macro_remark());
    }
    return notes;
}

std::string settings_note(const SweepSummary& results)
{
    const std::map<std::string, std::string> defaults = settings_of(configs::TrialSpec{});
    std::map<std::string, std::vector<std::string>> other;
    for (const ConfigurationSummary& configuration : results.configurations) {
        for (const configs::TrialSpec& spec : configuration.specs) {
            for (const auto& [name, value] : settings_of(spec)) {
                std::vector<std::string>& values = other[name];
                if (std::find(values.begin(), values.end(), value) == values.end()) {
                    values.push_back(value);
                }
            }
        }
    }
    std::vector<std::string> differing;
    for (const auto& [name, values] : other) {
        const auto usual = defaults.find(name);
        const std::string default_value = usual == defaults.end() ? "unset" : usual->second;
        if (values.size() > 1 || values.front() != default_value) {
            differing.push_back(fmt::format("{} {} ({})", name, configs::joined(values, " | "), default_value));
        }
    }
    return differing.empty()
               ? ""
               : std::string("Settings other than the ") + (results.beside_paper ? "paper's" : "defaults") +
                     " (in brackets): " + configs::joined(differing, "; ") + ".";
}

std::string superscript(std::size_t number)
{
    static constexpr std::array<const char*, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text;
    for (const char digit : std::to_string(number)) {
        text += digits.at(static_cast<std::size_t>(digit - '0'));
    }
    return text;
}

}  // namespace attnsweep::reports
