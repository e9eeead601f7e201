#include "reports/analysis/clip_results.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "reports/tables/anchors.h"
#include "store/reading/predictions.h"

namespace attnsweep::reports {

namespace {

constexpr std::size_t bins = 10;

/// A recording while trials are read.
struct Heard {
    HeardRecording recording;
    std::map<int, std::int64_t> taken_for;
    double sureness = 0;  // summed over wrong clips
};

/// A configuration while its trials are read, by how sure it was.
struct Sureness {
    int repeats = 0;
    std::array<std::int64_t, bins> clips{}, right{};
    std::array<double, bins> sums{};
};

void hear(std::map<std::int64_t, Heard>& recordings, const store::TestPredictions& predictions)
{
    std::map<std::int64_t, std::pair<int, int>> here;  // by group: clips, wrong ones
    for (std::size_t i = 0; i < predictions.clips.size(); ++i) {
        const configs::TestClip& clip = predictions.clips[i];
        const configs::PredictedClip& said = predictions.said[i];
        auto& [clips, wrong] = here[clip.group];
        ++clips;
        Heard& heard = recordings[clip.group];
        heard.recording.truth = clip.truth;
        if (said.predicted == clip.truth) {
            continue;
        }
        ++wrong;
        ++heard.taken_for[said.predicted];
        heard.sureness += static_cast<double>(said.probability);
    }
    for (const auto& [group, counts] : here) {
        const auto [clips, wrong] = counts;
        HeardRecording& recording = recordings[group].recording;
        recording.group = group;
        recording.clips = std::max(recording.clips, clips);
        ++recording.trials;
        recording.wrong_trials += 2 * wrong >= clips ? 1 : 0;
        recording.heard += clips;
        recording.wrong += wrong;
    }
}

void measure(Sureness& sureness, const store::TestPredictions& predictions)
{
    ++sureness.repeats;
    for (std::size_t i = 0; i < predictions.clips.size(); ++i) {
        const double probability = std::clamp(static_cast<double>(predictions.said[i].probability), 0.0, 1.0);
        const std::size_t bin = std::min(static_cast<std::size_t>(probability * bins), bins - 1);
        ++sureness.clips.at(bin);
        sureness.right.at(bin) += predictions.said[i].predicted == predictions.clips[i].truth ? 1 : 0;
        sureness.sums.at(bin) += probability;
    }
}

HeardRecording finished(const Heard& heard)
{
    HeardRecording recording = heard.recording;
    std::int64_t most = 0;
    for (const auto& [taken_for, clips] : heard.taken_for) {
        if (clips > most) {
            most = clips;
            recording.taken_for = taken_for;
        }
    }
    if (recording.wrong > 0) {
        recording.sureness = heard.sureness / static_cast<double>(recording.wrong);
    }
    return recording;
}

bool is_harder(const HeardRecording& a, const HeardRecording& b)
{
    if (a.wrong_trials != b.wrong_trials) {
        return a.wrong_trials > b.wrong_trials;
    }
    const std::int64_t in_a = a.wrong * b.heard, in_b = b.wrong * a.heard;
    return in_a != in_b ? in_a > in_b : a.group < b.group;
}

Confidence finished(std::size_t configuration, const Sureness& sureness)
{
    Confidence confidence{configuration, sureness.repeats, 0, 0, 0, 0};
    double right = 0, sum = 0, error = 0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
        confidence.clips += sureness.clips.at(bin);
        right += static_cast<double>(sureness.right.at(bin));
        sum += sureness.sums.at(bin);
        error += std::abs(static_cast<double>(sureness.right.at(bin)) - sureness.sums.at(bin));
    }
    const auto clips = static_cast<double>(confidence.clips);
    confidence.accuracy = right / clips;
    confidence.confidence = sum / clips;
    confidence.calibration_error = error / clips;
    return confidence;
}

/// What both tables have to say of the trials that were read.
std::string basis(const ClipResults& clips)
{
    if (clips.trials == clips.done) {
        return fmt::format("Of all {} trials done.", clips.done);
    }
    const std::string unreadable = unreadable_in_words(clips);
    return fmt::format("Of {} of the {} trials done: the predictions of the others were not kept, or there are too "
                       "many to read, and these were chosen evenly.{}",
                       clips.trials, clips.done, unreadable.empty() ? "" : " " + unreadable);
}

}  // namespace

ClipResults read_clip_results(const store::Store& store, store::Weights weights, const DoneTrials& done,
                              std::size_t most_recordings, std::size_t most_trials)
{
    ClipResults clips;
    clips.done = static_cast<int>(done.count());
    const std::size_t step =
        std::max<std::size_t>(1, (static_cast<std::size_t>(clips.done) + most_trials - 1) / most_trials);
    std::map<std::int64_t, Heard> recordings;
    // One of every `step`, drawn: a fixed one would be the same repeat, with the same seed, of each configuration wherever the
    // number of repeats goes with the step. The engine's numbers are the standard's, so a report's bytes are the same everywhere.
    std::mt19937_64 engine(0);  // NOLINT(cert-msc32-c,cert-msc51-cpp)
    std::size_t place = 0, chosen = 0;
    const auto is_chosen = [&] {
        if (place % step == 0) {
            chosen = place + engine() % std::min(step, static_cast<std::size_t>(clips.done) - place);
        }
        return place++ == chosen;
    };
    for (std::size_t i = 0; i < done.configurations(); ++i) {
        Sureness sureness;
        for (const DoneTrial& trial : done.read(i)) {
            if (!is_chosen()) {
                continue;
            }
            const std::optional<store::TestPredictions> predictions =
                store::read_predictions(store, trial.id, weights, clips.unreadable);
            if (!predictions || predictions->clips.empty()) {
                continue;
            }
            ++clips.trials;
            hear(recordings, *predictions);
            measure(sureness, *predictions);
        }
        if (sureness.repeats > 0) {
            clips.confidences.push_back(finished(i, sureness));
        }
    }
    for (const auto& [group, heard] : recordings) {
        if (heard.recording.wrong_trials > 0) {
            clips.hardest.push_back(finished(heard));
        }
    }
    std::sort(clips.hardest.begin(), clips.hardest.end(), is_harder);
    if (clips.hardest.size() > most_recordings) {
        clips.hardest.resize(most_recordings);
    }
    return clips;
}

std::string unreadable_in_words(const ClipResults& clips)
{
    constexpr std::size_t most_named = 5;
    const std::size_t count = clips.unreadable.size();
    if (count == 0) {
        return {};
    }
    return fmt::format(
        "The predictions of trial{} {} cannot be read: attnsweep store rebuild rebuilds the store from its files.",
        count == 1 ? "" : "s", configs::first_joined(clips.unreadable, most_named));
}

Table recordings_table(const ClipResults& clips, const std::vector<std::string>& classes, const RecordingNames& names,
                       bool for_people)
{
    Table table;
    table.title = "Recordings most often predicted wrong, over all models and done repeats";
    table.columns =
        for_people
            ? std::vector<Column>{{"recording", false}, {"true class", false}, {"predicted mostly as", false},
                                  {"wrong in"},         {"clips wrong"},       {"confidence when wrong %"}}
            : std::vector<Column>{{"group"},        {"recording"},   {"class"},       {"taken_for"},       {"trials"},
                                  {"wrong_trials"}, {"clips_heard"}, {"clips_wrong"}, {"mean_probability"}};
    bool any_unnamed = false;
    for (const HeardRecording& recording : clips.hardest) {
        const auto name = names.find(recording.group);
        any_unnamed = any_unnamed || name == names.end();
        const auto class_name = [&](int index) {
            const auto place = static_cast<std::size_t>(index);
            return text_cell(index < 0 || place >= classes.size() ? not_known : classes[place]);
        };
        const auto number = [](auto value) { return number_cell(fmt::format("{}", value)); };
        if (for_people) {
            table.rows.push_back(
                {text_cell(name == names.end() ? fmt::format("recording {}", recording.group) : name->second),
                 class_name(recording.truth),
                 class_name(recording.taken_for),
                 {fmt::format("{} of {}", recording.wrong_trials, recording.trials), true, "trials"},
                 number_cell(fmt::format("{} of {}", recording.wrong, recording.heard)),
                 number_cell(fmt::format("{:.0f}", 100 * recording.sureness))});
        } else {
            table.rows.push_back({number(recording.group), text_cell(name == names.end() ? "" : name->second),
                                  class_name(recording.truth), class_name(recording.taken_for),
                                  number(recording.trials), number(recording.wrong_trials), number(recording.heard),
                                  number(recording.wrong), number_cell(fmt::format("{:.6g}", recording.sureness))});
        }
    }
    if (table.rows.empty()) {
        return table;
    }
    table.notes.emplace_back(
        "Wrong in: trials that predicted another class for at least half of the recording's clips, of those tested on "
        "it. Clips count once per trial. Confidence when wrong: mean probability of the predicted class over the wrong "
        "clips; a recording that most models get wrong with high confidence may be mislabelled.");
    table.notes.push_back(basis(clips));
    if (any_unnamed) {
        table.notes.emplace_back(
            "Recordings are shown by number if the data set, which has their names, could not be read.");
    }
    return table;
}

Table confidence_table(const SweepSummary& summary, const ClipResults& clips, bool for_people)
{
    Table table;
    table.title = "Confidence and accuracy of the models";
    table.columns =
        for_people
            ? std::vector<Column>{{"model", false},     {"n"}, {"clips"}, {"accuracy %"}, {"confidence %"}, {"excess"},
                                  {"calibration error"}}
            : std::vector<Column>{{"configuration"}, {"repeats"},    {"clips"},
                                  {"accuracy"},      {"confidence"}, {"calibration_error"}};
    for (const Confidence& confidence : clips.confidences) {
        const std::string link = configuration_anchor(confidence.configuration);
        std::vector<Cell> row{{summary.configurations[confidence.configuration].name, false, link},
                              number_cell(std::to_string(confidence.repeats)),
                              number_cell(std::to_string(confidence.clips))};
        if (for_people) {
            row.push_back({fmt::format("{:.2f}", 100 * confidence.accuracy), true, link});
            row.push_back({fmt::format("{:.2f}", 100 * confidence.confidence), true, link});
            row.push_back(
                number_cell(fmt::format("{:+.2f}", 100 * (confidence.confidence - confidence.accuracy) + 0.0)));
            row.push_back(number_cell(fmt::format("{:.2f}", 100 * confidence.calibration_error)));
        } else {
            for (const double value : {confidence.accuracy, confidence.confidence, confidence.calibration_error}) {
                row.push_back(number_cell(fmt::format("{:.10g}", value)));
            }
        }
        table.rows.push_back(row);
    }
    if (table.rows.empty()) {
        return table;
    }
    table.notes.emplace_back("Confidence: mean probability of the predicted class; excess: confidence minus accuracy, "
                             "in points. Calibration error: mean distance between the two in ten bins of confidence, "
                             "weighted by clips, in points. A clip counts once per repeat.");
    table.notes.push_back(basis(clips));
    return table;
}

}  // namespace attnsweep::reports
