#include "tests/store/synthetic_sweep.h"
#include "configs/trial_identity.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "files/checksum.h"
#include "files/durable_file.h"
#include "store/paper_reference.h"

namespace attnsweep::store {

namespace {

configs::TrialResult blank_result(const configs::Trial& trial, int attempt)
{
    configs::TrialResult result;
    result.trial_id = trial.id;
    result.label = trial.label;
    result.attempt = attempt;
    result.classes = {"banjo", "cello", "tuba"};
    result.parameters = 123456;
    result.train_clips = 243;
    result.validation_clips = 27;
    result.test_clips = 30;
    result.train_clips_per_class = {90, 90, 90};
    result.test_clips_per_class = {10, 10, 10};
    result.split_digest = files::sha256_hex("split of " + std::to_string(trial.spec.seed.split));
    result.started_at = "2024-01-02T03:04:05Z";
    result.duration_s = 60;
    result.peak_memory_bytes = 1 << 28;
    result.execution = {"node1", "cpu", "a processor", 1, "AVX2", "0.1.0", "2.11.0", "GNU 12.2", false};
    result.attempt_folder = "trials/" + trial.id + "/attempt-" + std::to_string(attempt);
    return result;
}

configs::Confusion confusion_of(const std::vector<int>& right, int clips_a_class)
{
    configs::Confusion confusion(right.size(), std::vector<std::int64_t>(right.size(), 0));
    for (std::size_t i = 0; i < right.size(); ++i) {
        confusion[i][i] = right[i];
        confusion[i][(i + 1) % right.size()] = clips_a_class - right[i];
    }
    return confusion;
}

/// Clip by clip what a confusion matrix says.
std::vector<configs::PredictedClip> predictions_of(const configs::Confusion& confusion)
{
    std::vector<configs::PredictedClip> said;
    for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
        for (std::size_t predicted = 0; predicted < confusion.size(); ++predicted) {
            for (std::int64_t i = 0; i < confusion[truth][predicted]; ++i) {
                said.push_back(
                    {static_cast<int>(predicted), truth == predicted ? 1 : 2, truth == predicted ? 0.75F : 0.5F});
            }
        }
    }
    return said;
}

/// Five clips a recording.
std::vector<configs::TestClip> test_set_of(const configs::Confusion& confusion)
{
    std::vector<configs::TestClip> clips;
    for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
        for (const std::int64_t count : confusion[truth]) {
            for (std::int64_t i = 0; i < count; ++i) {
                const auto number = static_cast<std::int64_t>(clips.size());
                clips.push_back({number * 10, number / 5, static_cast<int>(truth)});
            }
        }
    }
    return clips;
}

/// In -1..1, the same on every machine.
double wobble(std::uint64_t seed)
{
    seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((seed ^ (seed >> 31)) >> 11) / static_cast<double>(1ULL << 52) - 1;
}

}  // namespace

configs::Sweep synthetic_sweep(const std::string& name, int repeats)
{
    configs::Sweep sweep;
    sweep.name = name;
    sweep.description = "ten models, no training";
    sweep.path = name + ".toml";
    sweep.text = "{\"sweep\":\"" + name + "\",\"repeats\":" + std::to_string(repeats) + "}";
    sweep.overrides = {"training.max_epochs=60"};
    sweep.data.path = "shards";
    sweep.data.classes = {"banjo", "cello", "tuba"};
    sweep.data.clips_per_class = {100, 100, 100};
    sweep.data.clips = 300;
    sweep.data.recordings = 120;
    sweep.data.spectrograms = {{configs::Spectrogram::stft, files::sha256_hex("stft"), {"stft-00000.h5"}},
                               {configs::Spectrogram::cqt, files::sha256_hex("cqt"), {"cqt-00000.h5"}}};
    for (const configs::Spectrogram spectrogram : {configs::Spectrogram::stft, configs::Spectrogram::cqt}) {
        for (const int percent : {0, 25, 50, 75, 100}) {
            for (int repeat = 1; repeat <= repeats; ++repeat) {
                configs::Trial trial;
                trial.spec.data.spectrogram = spectrogram;
                trial.spec.model.attention_ratio = percent / 100.0;
                trial.spec.training.max_epochs = 60;
                trial.spec.seed.init = trial.spec.seed.order = static_cast<std::uint64_t>(repeat);
                trial.spec.data_set = {sweep.data.set(spectrogram).digest, sweep.data.geometry.frames(),
                                       sweep.data.geometry.bins(spectrogram), 3};
                trial.id = configs::trial_id(trial.spec);
                trial.configuration = to_string(spectrogram) + "-r" + std::to_string(percent);
                trial.label = trial.configuration + "-s" + std::to_string(repeat);
                trial.repeat = repeat;
                sweep.trials.push_back(trial);
            }
        }
    }
    return sweep;
}

configs::TrialResult done_result(const configs::Trial& trial, const std::vector<int>& right, int attempt)
{
    configs::TrialResult result = blank_result(trial, attempt);
    const configs::Confusion last = confusion_of(right, 10);
    const configs::Confusion best = confusion_of(std::vector<int>(right.size(), 9), 10);
    result.last = {2, 0.5, last, predictions_of(last)};
    result.best = {1, 0.4, best, predictions_of(best)};
    result.test_set = test_set_of(last);
    result.best_epoch = 1;
    result.epochs = {{1, 2.0, 0.4, 2.1, 0.35, 1.5}, {2, 1.0, 0.6, 1.4, 0.55, 1.5}};
    return result;
}

configs::TrialResult failed_result(const configs::Trial& trial, const std::string& kind, const std::string& message,
                                   int attempt)
{
    configs::TrialResult result = blank_result(trial, attempt);
    result.outcome = configs::Outcome::failed;
    result.failure = {configs::failure_kind(kind), message, kind == "signal" ? 11 : 0};
    return result;
}

configs::TrialResult lifelike_result(const configs::Trial& trial)
{
    configs::TrialResult result = blank_result(trial, 1);
    const auto seed = static_cast<std::uint64_t>(trial.spec.model.attention_ratio * 100) + 1000 * trial.spec.seed.init +
                      (trial.spec.data.spectrogram == configs::Spectrogram::stft ? 7 : 77) * 10000ULL;
    const double final_accuracy =
        store::paper_row(trial.spec.data.spectrogram, trial.spec.model.attention_ratio)->accuracy + 0.03 * wobble(seed);
    const int epochs = 40 + static_cast<int>(15 * (1 + wobble(seed + 1)) / 2);
    for (int epoch = 1; epoch <= epochs; ++epoch) {
        const double learned = 1 - std::exp(-epoch / 9.0);
        const double validation = std::clamp(
            final_accuracy * learned + 0.03 * wobble(seed + 100 + static_cast<std::uint64_t>(epoch)), 0.0, 1.0);
        result.epochs.push_back(
            {epoch, 3 * (1 - learned) + 0.02, 0.99 * learned, 3 * (1 - learned) + 0.3, validation, 1.5});
    }
    const int right = static_cast<int>(std::lround(std::min(1.0, final_accuracy) * 1000));
    result.last = {epochs, 0.3, confusion_of({right, right - 10, right - 20}, 1000)};
    result.best = {epochs - 10, 0.28, confusion_of({right - 5, right - 10, right - 20}, 1000)};
    result.best_epoch = epochs - 10;
    result.stopped_early = true;
    return result;
}

configs::Sweep sweep_of_three_axes(const std::string& name)
{
    configs::Sweep base = synthetic_sweep(name, 2), sweep = base;
    sweep.data.classes = {"yes", "no", "silence"};
    sweep.trials.clear();
    for (const char* rate : {"0.0001", "0.001", "0.01", "0.1"}) {
        for (configs::Trial trial : base.trials) {
            if (trial.spec.model.attention_ratio != 0 && trial.spec.model.attention_ratio != 0.5) {
                continue;
            }
            trial.spec.training.learning_rate = std::stod(rate);
            trial.id = configs::trial_id(trial.spec);
            trial.configuration += std::string("-lr") + rate;
            trial.label = trial.configuration + "-s" + std::to_string(trial.repeat);
            sweep.trials.push_back(trial);
        }
    }
    return sweep;
}

void fill_as_done(Store& store, const configs::Sweep& sweep)
{
    store.record_sweep(sweep);
    for (const configs::Trial& trial : sweep.trials) {
        const double away = std::abs(std::log10(trial.spec.training.learning_rate) + 2);
        const int right = 9 - static_cast<int>(std::lround(2 * away)) - (trial.repeat > 1 ? 1 : 0);
        configs::TrialResult result = done_result(trial, {right, right, right + 1});
        result.classes = sweep.data.classes;
        result.epochs.back().validation_accuracy = 0.1 * right;
        result.epochs.back().validation_loss = 1 + away + 0.1 * trial.repeat;
        store.commit(result);
    }
}

void leave_result(const store::Store& store, const configs::TrialResult& result)
{
    const std::filesystem::path folder = store.attempt_folder(result.trial_id, result.attempt);
    files::create_folders(folder);
    files::write_durably(folder / "result.json", nlohmann::json(result).dump());
}

void finish(store::Store& store, const configs::TrialResult& result)
{
    store.begin_attempt(result.trial_id, result.attempt, "node1", "cpu", "2024-01-02T03:04:05Z");
    leave_result(store, result);
    store.commit(result);
}

void fill(store::Store& store, const configs::Sweep& sweep)
{
    store.record_sweep(sweep);
    std::vector<configs::TrialResult> results;
    for (const configs::Trial& trial : sweep.trials) {
        results.push_back(lifelike_result(trial));
    }
    store.commit(results);
}

}  // namespace attnsweep::store
