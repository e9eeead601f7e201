#include "runner/planning/expected_duration.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "configs/names.h"
#include "configs/network_rules.h"
#include "configs/trial_identity.h"
#include "model/cost.h"
#include "model/error.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

// Fitted to the ten narrow networks on one core of an EPYC, within a factor of 1.7; a GPU is assumed to be a hundred times as
// fast in both.
constexpr double operations_per_s = 1e11, bytes_per_s = 1.2e9, gpu_factor = 100;
// The logits are written and read several times forward and backward: product, two relative terms, softmax, value product.
constexpr double passes_over_logits = 12;
// Of tiled attention (docs/benchmarks.md, "Attention by tiles"), beside what its products count as operations: for each logit, and
// for each channel of its head.
constexpr double tiled_s_per_logit = 0.9e-9, tiled_s_per_logit_channel = 0.43e-9;
// Of an augmented layer and a batch, however small: its operators have to be called.
constexpr double s_per_augmented_layer = 2e-4;
// Starting a process, mapping the data, the test set at the end, as long as no trial is done that tells.
constexpr double assumed_around_epochs_s = 1;
constexpr double guess_is_off_by = 3, scaled_is_off_by = 2, measured_is_off_by = 1.1, epochs_are_off_by = 2;
constexpr int stft_epochs = 72, cqt_epochs = 257;  // Figure 2

/// Returns what an epoch's time depends on, as text: the spec without the settings that do not change the arithmetic.
std::string arithmetic_of(configs::TrialSpec spec)
{
    const configs::TrialSpec defaults;
    const int batch_size = spec.training.batch_size;
    const configs::Precision precision = spec.training.precision;
    const std::string optimizer = spec.training.optimizer;
    spec.training = defaults.training;
    spec.training.batch_size = batch_size;
    spec.training.precision = precision;
    spec.training.optimizer = optimizer;
    spec.model.kernel_stddev = defaults.model.kernel_stddev;
    spec.model.bias_init = defaults.model.bias_init;
    spec.model.batch_norm_momentum = defaults.model.batch_norm_momentum;
    spec.model.batch_norm_epsilon = defaults.model.batch_norm_epsilon;
    spec.data.scale = defaults.data.scale;
    spec.data.normalisation = defaults.data.normalisation;
    spec.seed = {};
    return configs::canonical_text(spec);
}

/// Returns what the number of epochs depends on, except chance.
std::string without_seeds(configs::TrialSpec spec)
{
    spec.seed = {};
    return configs::canonical_text(spec);
}

/// Returns how the attempts of those times computed attention; those that have not ended: as `planned`.
configs::AttentionImplementation attention_of(const store::EpochTimes& times, configs::AttentionImplementation planned)
{
    using configs::AttentionImplementation;
    return times.threads == 0 ? planned
                              : configs::from_name<AttentionImplementation>(times.attention_implementation)
                                    .value_or(AttentionImplementation::chunked);
}

double guessed_clip_s(const configs::TrialSpec& spec, configs::AttentionImplementation attention,
                      configs::DeviceKind device_kind, int threads)
{
    const model::Cost cost = model::cost_of(spec);
    const double attention_s =
        attention == configs::AttentionImplementation::tiled
            ? tiled_s_per_logit * cost.logits_per_sample + tiled_s_per_logit_channel * cost.logit_channels_per_sample +
                  s_per_augmented_layer * cost.augmented_layers / spec.training.batch_size
            : passes_over_logits * static_cast<double>(cost.attention_bytes) / spec.training.batch_size / bytes_per_s;
    const double on_one_core = cost.step_flops_per_sample / operations_per_s + attention_s;
    return on_one_core / (device_kind == configs::DeviceKind::cuda ? gpu_factor : std::max(threads, 1));
}

/// Estimates how much slower than guessed a network of this size is: the median of the five measurements nearest in size, since
/// small networks spend most of their time outside the arithmetic.
class Scale {
public:
    Scale(const std::vector<store::EpochTimes>& measured, configs::DeviceKind device_kind, int threads,
          const scheduler::DeviceSpeed& speed)
    {
        for (const store::EpochTimes& times : measured) {
            if (times.device_kind != device_kind || times.threads == 0 || times.train_clips <= 0 || times.mean_s <= 0) {
                continue;
            }
            try {
                const auto attention = attention_of(times, configs::AttentionImplementation::automatic);
                const double guess = guessed_clip_s(times.spec, attention, device_kind, times.threads);
                const double same_threads =
                    times.threads == threads ? 0 : 100;  // other numbers of threads only if there is nothing else
                const double on_one_s = times.mean_s * speed.of(times.replicas);
                points_.push_back({guess, on_one_s / times.train_clips / guess, same_threads});
            } catch (const model::Error&) {
                continue;  // of a version that knew other networks
            }
        }
    }

    std::optional<double> at(double clip_s) const
    {
        if (points_.empty()) {
            return std::nullopt;
        }
        std::vector<Point> nearest = points_;
        const auto distance = [&](const Point& point) {
            return std::abs(std::log(point.guess / clip_s)) + point.penalty;
        };
        std::sort(nearest.begin(), nearest.end(),
                  [&](const Point& a, const Point& b) { return distance(a) < distance(b); });
        nearest.resize(std::min<std::size_t>(nearest.size(), 5));
        const auto middle = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2);
        std::nth_element(nearest.begin(), middle, nearest.end(),
                         [](const Point& a, const Point& b) { return a.ratio < b.ratio; });
        return middle->ratio;
    }

private:
    struct Point {
        double guess, ratio, penalty;
    };
    std::vector<Point> points_;
};

struct SeenEpochs {
    int count = 0;
    double total_s = 0, fastest_s = 0, slowest_s = 0;
};
using SeenByDevices = std::map<int, SeenEpochs>;

/// Returns the efficiency of several devices, by their number: the mean over what was trained on one, too.
std::map<int, double> efficiencies(const std::map<std::string, SeenByDevices>& seen)
{
    std::map<int, std::pair<double, int>> sums;
    for (const auto& [arithmetic, by_devices] : seen) {
        const auto one = by_devices.find(1);
        if (one == by_devices.end()) {
            continue;
        }
        for (const auto& [devices, epochs] : by_devices) {
            const double on_one_s = one->second.total_s / one->second.count, here_s = epochs.total_s / epochs.count;
            if (devices > 1 && here_s > 0) {
                sums[devices].first += on_one_s / here_s / devices;
                ++sums[devices].second;
            }
        }
    }
    std::map<int, double> means;
    for (const auto& [devices, sum] : sums) {
        means[devices] = sum.first / sum.second;
    }
    return means;
}

}  // namespace

double training_clips(std::int64_t clips, const configs::DataSettings& data)
{
    return static_cast<double>(clips) * (1 - data.test_fraction) *
           (data.train_on_validation ? 1 : 1 - data.validation_fraction);
}

std::string to_string(Basis basis)
{
    switch (basis) {
    case Basis::guess:
        return "guess";
    case Basis::scaled:
        return "scaled guess";
    case Basis::measured:
        return "measured";
    case Basis::certain:
        return "certain";
    }
    return "guess";
}

configs::DeviceKind device_kind_of(const std::string& device, bool has_gpu)
{
    return device.starts_with("cuda") || (device == "auto" && has_gpu) ? configs::DeviceKind::cuda
                                                                       : configs::DeviceKind::cpu;
}

DurationModel::DurationModel(const configs::Sweep& sweep, configs::DeviceKind device_kind,
                             const std::vector<store::EpochTimes>& measured,
                             const std::optional<double>& around_epochs_s, const std::optional<double>& efficiency)
    : around_epochs_s_(around_epochs_s.value_or(assumed_around_epochs_s)),
      around_is_measured_(around_epochs_s.has_value()), speed_is_given_(efficiency.has_value()),
      speed_(efficiency.value_or(scheduler::DeviceSpeed::usually_assumed))
{
    std::map<std::string, SeenByDevices> times_of;      // by arithmetic
    std::map<std::string, std::vector<int>> epochs_of;  // by settings
    const int threads = std::max(sweep.execution.threads, 1), devices = std::max(sweep.execution.devices_per_trial, 1);
    const auto attention_on_device = [&](const configs::TrialSpec& spec) {
        return configs::attention_choice(sweep.execution.attention_implementation, spec.training.precision,
                                         device_kind);
    };
    for (const store::EpochTimes& times : measured) {
        auto& epochs = epochs_of[without_seeds(times.spec)];
        epochs.insert(epochs.end(), times.epochs_at_end.begin(), times.epochs_at_end.end());
        const auto attention = attention_on_device(times.spec);
        if (times.device_kind != device_kind || (times.threads != threads && times.threads != 0) ||
            (configs::has_attention(times.spec.model) && attention_of(times, attention) != attention) ||
            (efficiency && times.replicas > 1)) {
            continue;
        }
        SeenEpochs& seen = times_of[arithmetic_of(times.spec)][times.replicas];
        seen.fastest_s = seen.count == 0 ? times.fastest_s : std::min(seen.fastest_s, times.fastest_s);
        seen.slowest_s = std::max(seen.slowest_s, times.slowest_s);
        seen.count += times.epochs_seen;
        seen.total_s += times.mean_s * times.epochs_seen;
    }
    for (const auto& [several, measured_efficiency] : efficiencies(times_of)) {
        speed_.measure(several, measured_efficiency);
    }
    const Scale scale(measured, device_kind, threads, speed_);

    for (const configs::Trial& trial : sweep.trials) {
        const auto [place, is_new] = configurations_.try_emplace(trial.configuration);
        if (!is_new) {
            continue;
        }
        Configuration& configuration = place->second;
        const configs::TrainingSettings& training = trial.spec.training;
        const configs::DataSettings& data = trial.spec.data;
        configuration.max_epochs = training.max_epochs;

        double clip_s = 0;
        try {
            clip_s = guessed_clip_s(trial.spec, attention_on_device(trial.spec), device_kind, threads);
        } catch (const model::Error& error) {
            throw Error(sweep.path + ": trial " + trial.label + ": " + error.what(), exit_bad_input);
        }
        const double clips = training_clips(sweep.data.clips, data), speed = speed_.of(devices);
        const auto seen = times_of.find(arithmetic_of(trial.spec));
        if (seen != times_of.end() && seen->second.contains(devices)) {
            const SeenEpochs& epochs = seen->second.at(devices);
            configuration.epoch_s = {epochs.total_s / epochs.count, epochs.fastest_s / measured_is_off_by,
                                     epochs.slowest_s * measured_is_off_by, Basis::measured};
        } else if (seen != times_of.end()) {
            const auto& [others, epochs] = *seen->second.begin();
            const double epoch_s = epochs.total_s / epochs.count * speed_.of(others) / speed;
            configuration.epoch_s = {epoch_s, epoch_s / scaled_is_off_by, epoch_s * scaled_is_off_by, Basis::scaled};
        } else if (const std::optional<double> factor = scale.at(clip_s)) {
            const double epoch_s = clips * clip_s * *factor / speed;
            configuration.epoch_s = {epoch_s, epoch_s / scaled_is_off_by, epoch_s * scaled_is_off_by, Basis::scaled};
        } else {
            const double epoch_s = clips * clip_s / speed;
            configuration.epoch_s = {epoch_s, epoch_s / guess_is_off_by, epoch_s * guess_is_off_by, Basis::guess};
        }

        const double most = training.max_epochs;
        Range& epochs = configuration.epochs;
        if (!training.early_stopping) {
            epochs = {most, most, most, Basis::certain};
        } else if (const auto done = epochs_of.find(without_seeds(trial.spec));
                   done != epochs_of.end() && !done->second.empty()) {
            const std::vector<int>& counts = done->second;
            double sum = 0;
            for (const int count : counts) {
                sum += count;
            }
            const auto [fewest, largest] = std::minmax_element(counts.begin(), counts.end());
            epochs = {sum / static_cast<double>(counts.size()), *fewest * 0.8, *largest * 1.25, Basis::measured};
        } else {
            const double figure_2 = data.spectrogram == configs::Spectrogram::stft ? stft_epochs : cqt_epochs;
            epochs = {figure_2, figure_2 / epochs_are_off_by, figure_2 * epochs_are_off_by, Basis::guess};
        }
        // No trial stops before patience has run out once.
        const double least = training.early_stopping ? std::min<double>(most, training.patience + 1) : most;
        if (least == most) {
            epochs.basis = Basis::certain;
        }
        for (double* count : {&epochs.expected, &epochs.low, &epochs.high}) {
            *count = std::clamp(*count, least, most);
        }
    }
}

ExpectedDuration DurationModel::of(const configs::Trial& trial, double epochs_done) const
{
    const Configuration& configuration = configurations_.at(trial.configuration);
    const Range& epoch_s = configuration.epoch_s;
    const Range& epochs = configuration.epochs;
    // A trial past its expected epochs still has some left: patience restarts with each better epoch.
    const double most_left = std::max(configuration.max_epochs - epochs_done, 0.0);
    const double patience_left =
        epochs.basis == Basis::certain ? 0 : std::min<double>(most_left, trial.spec.training.patience / 2.0);
    const auto left = [&](double count) { return std::clamp(count - epochs_done, 0.0, most_left); };

    ExpectedDuration duration;
    duration.around_s = around_epochs_s_;
    duration.epoch_s = epoch_s.expected;
    duration.epochs = std::max(epochs.expected, epochs_done);
    duration.epoch_basis = epoch_s.basis;
    duration.epochs_basis = epochs.basis;
    duration.total_s = around_epochs_s_ + epoch_s.expected * epochs.expected;
    duration.left_s = around_epochs_s_ + epoch_s.expected * std::max(left(epochs.expected), patience_left);
    duration.left_low_s = around_epochs_s_ + epoch_s.low * left(epochs.low);
    duration.left_high_s = around_epochs_s_ + epoch_s.high * std::max(left(epochs.high), patience_left);
    return duration;
}

std::string DurationModel::around_epochs_in_words() const
{
    return fmt::format("Each attempt takes {:.1f} s beside its epochs (start, data, test, commit): {}.",
                       around_epochs_s_,
                       around_is_measured_ ? "measured in this store"
                                           : "assumed, since no trial is done in this store on such a device");
}

std::string DurationModel::speed_in_words() const
{
    std::string measured;
    for (const auto& [devices, efficiency] : speed_.measured()) {
        measured += fmt::format("{}{:.2f} on {}", measured.empty() ? "" : ", ", efficiency, devices);
    }
    if (!measured.empty()) {
        measured = "; measured in this store: " + measured;
    }
    return fmt::format("Each doubling of a trial's devices is taken to make its epochs {:.2f} times as fast, an "
                       "efficiency of {:.2f}: {}{}.",
                       2 * speed_.assumed(), speed_.assumed(), speed_is_given_ ? "as given" : "assumed", measured);
}

}  // namespace attnsweep::runner
