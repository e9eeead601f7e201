#include "runner/trial/profiling.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "model/device.h"
#include "model/step_profiler.h"
#include "model/training_step.h"
#include "runner/error.h"
#include "runner/trial/batch_tensors.h"
#include "runner/trial/peak_memory.h"
#include "runner/trial/prepared_trial.h"
#include "runner/trial/steady_clock.h"

namespace attnsweep::runner {
namespace {

constexpr int warm_up_steps = 2;

double median(std::vector<double> values)
{
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// The numbers of one row, a step each.
struct Measured {
    std::vector<double> forward_ms, backward_ms;
};

std::string shape_text(const std::vector<std::int64_t>& shape)
{
    // (N, C, H, W) -> H x W x C, as the paper writes it; (N, out) -> out.
    std::vector<std::int64_t> sizes(shape.begin() + (shape.empty() ? 0 : 1), shape.end());
    if (sizes.size() == 3) {
        std::rotate(sizes.begin(), sizes.begin() + 1, sizes.end());
    }
    std::string text;
    for (const std::int64_t size : sizes) {
        text += (text.empty() ? "" : " x ") + std::to_string(size);
    }
    return text;
}

/// What each layer of a plan is, by its name.
std::map<std::string, std::string> descriptions(const model::NetworkPlan& plan)
{
    std::map<std::string, std::string> words;
    for (const model::LayerPlan& layer : plan.layers) {
        std::string& what = words[model::name_of(layer)];
        if (layer.convolution() > 0) {
            what = "convolution " + std::to_string(layer.convolution());
        }
        if (layer.attention > 0) {
            what += (what.empty() ? "attention " : ", attention ") + std::to_string(layer.attention);
        }
        words[model::name_of_pool(layer)] = "max pooling 2 x 2";
    }
    for (std::size_t i = 0; i < plan.dense.size(); ++i) {
        words["dense" + std::to_string(i + 1)] = "dense";
    }
    words["loss"] = "softmax cross-entropy";
    return words;
}

class Profiling {
public:
    explicit Profiling(const TrialOrder& order)
        : order_(order), spec_(order.trial.spec), trial_(order, machine_, [](const std::string&) {}),
          profiler_(trial_.device)
    {
        trial_.data.train().shuffle(spec_.seed.order, 1);
    }

    void step(std::int64_t index)
    {
        const data::BatchLoader& train = trial_.data.train();
        // The last batch may be smaller; one that is not whole is taken only where there is no other.
        const std::int64_t whole = std::max<std::int64_t>(train.clips() / spec_.training.batch_size, 1);
        const bool observes = index >= warm_up_steps && (index - warm_up_steps) % 2 == 1;
        const auto begin = Clock::now();
        data::Batch batch = train.batch(index % whole);
        const double data_s = seconds_since(begin);
        if (observes) {
            profiler_.begin();
        }
        trial_.optimizer->begin_batch(1, index % whole, train.batches());
        const model::StepResult step =
            model::train_batch(trial_.net, *trial_.optimizer, values_of(batch, trial_.net.shape()), labels_of(batch),
                               spec_.training.precision, trial_.class_weights, observes ? &profiler_ : nullptr);
        const double step_s = seconds_since(begin);
        if (!std::isfinite(step.loss)) {
            throw Error("the loss of step " + std::to_string(index + 1) +
                        " is not finite: without --profile the trial says where; a smaller --set "
                        "training.learning_rate=... lets it be profiled");
        }
        batch_size_ = static_cast<int>(batch.size);
        if (observes) {
            observed_.push_back(1000 * step_s);
            data_ms_.push_back(1000 * data_s);
            optimizer_ms_.push_back(1000 * profiler_.optimizer_s());
            double rest_s = step_s - data_s - profiler_.optimizer_s();
            for (const model::ProfiledLayer& layer : profiler_.layers()) {
                rest_s -= layer.forward_s + layer.backward_s;
            }
            rest_ms_.push_back(1000 * rest_s);
            take_layers();
        } else if (index >= warm_up_steps) {
            unobserved_.push_back(1000 * step_s);
        }
    }

    bool has_measured() const { return !observed_.empty(); }

    Profile profile() const
    {
        Profile profile;
        profile.label = order_.trial.label;
        profile.trial_id = order_.trial.id;
        profile.device = machine_.device;
        profile.device_name = machine_.device_name;
        profile.threads = order_.threads;
        profile.batch_size = batch_size_;
        profile.warm_up_steps = warm_up_steps;
        profile.observed_steps = static_cast<int>(observed_.size());
        profile.unobserved_steps = static_cast<int>(unobserved_.size());
        profile.observed_ms = median(observed_);
        profile.unobserved_ms = median(unobserved_);
        profile.data_ms = median(data_ms_);
        profile.optimizer_ms = median(optimizer_ms_);
        profile.rest_ms = median(rest_ms_);
        profile.peak_memory_bytes = peak_memory_bytes();
        profile.peak_device_bytes = model::peak_device_bytes(trial_.device);
        const std::map<std::string, std::string> what = descriptions(trial_.net.plan());
        std::vector<ProfileRow> parts;
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            ProfileRow row = row_of(i);
            if (row.is_part) {
                parts.push_back(std::move(row));
                continue;
            }
            row.what = what.at(row.name);
            add_with_parts(std::move(row), std::move(parts), profile.rows);
            parts.clear();
        }
        return profile;
    }

private:
    void take_layers()
    {
        layers_ = profiler_.layers();
        measured_.resize(layers_.size());
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            measured_[i].forward_ms.push_back(1000 * layers_[i].forward_s);
            measured_[i].backward_ms.push_back(1000 * layers_[i].backward_s);
        }
    }

    ProfileRow row_of(std::size_t index) const
    {
        const model::ProfiledLayer& layer = layers_[index];  // memory: of the last step, since each step is alike
        ProfileRow row;
        row.is_part = !layer.part.empty();
        row.name = row.is_part ? layer.part : layer.layer;
        row.output = shape_text(layer.shape);
        row.forward_ms = median(measured_[index].forward_ms);
        row.backward_ms = median(measured_[index].backward_ms);
        row.output_bytes = layer.output_bytes;
        row.kept_bytes = layer.kept_bytes;
        row.peak_bytes = layer.peak_bytes;
        return row;
    }

    /// The layer's own row has what its parts leave over: that becomes the last part, and the row the sum of all.
    static void add_with_parts(ProfileRow layer, std::vector<ProfileRow> parts, std::vector<ProfileRow>& rows)
    {
        if (parts.empty()) {
            rows.push_back(std::move(layer));
            return;
        }
        ProfileRow rest = layer;
        rest.name = "batch norm, ReLU";
        rest.is_part = true;
        rest.what.clear();
        for (const ProfileRow& part : parts) {
            layer.forward_ms += part.forward_ms;
            layer.backward_ms += part.backward_ms;
            layer.kept_bytes += part.kept_bytes;
            layer.peak_bytes = std::max(layer.peak_bytes, part.peak_bytes);
        }
        rows.push_back(std::move(layer));
        parts.push_back(std::move(rest));
        std::move(parts.begin(), parts.end(), std::back_inserter(rows));
    }

    const TrialOrder& order_;
    const configs::TrialSpec& spec_;
    configs::ExecutionRecord machine_;
    PreparedTrial trial_;
    model::StepProfiler profiler_;
    int batch_size_ = 0;
    std::vector<double> observed_, unobserved_, data_ms_, optimizer_ms_, rest_ms_;
    std::vector<model::ProfiledLayer> layers_;  // of the last observed step
    std::vector<Measured> measured_;            // of the same layers
};

}  // namespace

Profile profile_trial(const TrialOrder& order, const std::function<bool()>& is_to_stop)
{
    if (order.max_batches < least_profiled_steps) {
        throw Error("--max-batches " + std::to_string(order.max_batches) + ": a profile needs at least " +
                        std::to_string(least_profiled_steps) +
                        ": two to warm up, one without the profiler, one with it",
                    exit_usage);
    }
    Profiling profiling(order);
    for (std::int64_t index = 0; index < order.max_batches && !is_to_stop(); ++index) {
        profiling.step(index);
    }
    if (!profiling.has_measured()) {
        throw Error("interrupted before anything was measured", exit_run_again);
    }
    return profiling.profile();
}

}  // namespace attnsweep::runner
