#include "runner/trial/prediction.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "configs/printable.h"
#include "data/audio/clip_cutter.h"
#include "data/error.h"
#include "data/scaling.h"
#include "data/spectrogram_transform.h"
#include "files/safetensors.h"
#include "model/device.h"
#include "model/instrument_net.h"
#include "model/training_step.h"
#include "model/weights.h"
#include "runner/error.h"
#include "runner/last_resort.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;

/// Probability of each class, for a clip or a whole recording.
using Probabilities = std::vector<double>;

/// Turns the samples of one clip into the spectrogram that the trial's network expects.
class ClipTransform {
public:
    explicit ClipTransform(const PredictionOrder& order)
        : settings_(order.trial.spec.data), transform_(order.geometry, settings_.spectrogram)
    {
    }

    void apply(std::span<const float> samples, std::span<float> values) const
    {
        transform_.magnitudes(samples, values);
        data::scale_clip(values, settings_.scale, settings_.normalisation);
    }

private:
    configs::DataSettings settings_;
    data::SpectrogramTransform transform_;
};

class Predictor {
public:
    explicit Predictor(const PredictionOrder& order)
        : order_(order), transform_(order), net_(order.trial.spec.model, shape_of(order))
    {
        model::use_threads(order.threads);
        const c10::Device device = model::choose_device(order.device);
        model::use_precision(order.trial.spec.training.precision, device);
        model::from_bytes(net_, files::read_safetensors(order.weights));
        net_.to(device);
        net_.eval();
    }

    /// Returns one entry per clip. Throws data::Error for a recording that cannot be used.
    std::vector<Probabilities> clips_of(const fs::path& recording)
    {
        const std::int64_t frames = net_.shape().frames, bins = net_.shape().bins;
        const auto clip_values = static_cast<std::size_t>(frames * bins);
        std::vector<Probabilities> clips;
        std::vector<float> values;  // of the clips of a batch
        const auto predict = [&] {
            predict_batch(values, clip_values, clips);
            values.clear();
        };
        const data::ReadRecording read = data::for_each_clip(
            recording, order_.geometry.sample_rate_hz, static_cast<std::size_t>(order_.geometry.clip_samples()),
            [&](std::span<const float> clip) {
                values.resize(values.size() + clip_values);
                transform_.apply(clip, std::span(values).last(clip_values));
                if (values.size() == batch_clips * clip_values) {
                    predict();
                }
            },
            order_.pads_short);
        predict();
        if (clips.empty()) {
            char lengths[128];
            std::snprintf(lengths, sizeof lengths,
                          ": %g s long; this trial's clips are of %g s: give a recording of at least that",
                          read.duration_s, order_.geometry.clip_s);
            throw data::Error(recording.string() + lengths, recording);
        }
        if (!read.damage.empty()) {
            std::fprintf(stderr, "attnsweep: %s\n",
                         on_one_line(recording.string() + ": short or damaged: " + read.damage).c_str());
        }
        return clips;
    }

private:
    void predict_batch(std::vector<float>& values, std::size_t clip_values, std::vector<Probabilities>& clips)
    {
        const auto count = static_cast<std::int64_t>(values.size() / clip_values);
        if (count == 0) {
            return;
        }
        const at::Tensor batch =
            torch::from_blob(values.data(), {count, net_.shape().frames, net_.shape().bins}, torch::kFloat32);
        const at::Tensor answer =
            model::probabilities(net_, batch, order_.trial.spec.training.precision).contiguous();  // (count, classes)
        const float* row = answer.data_ptr<float>();
        for (std::int64_t i = 0; i < count; ++i, row += order_.classes.size()) {
            clips.emplace_back(row, row + order_.classes.size());
        }
    }

    static model::InputShape shape_of(const PredictionOrder& order)
    {
        const configs::DataIdentity& data_set = order.trial.spec.data_set;
        const configs::Spectrogram kind = order.trial.spec.data.spectrogram;
        if (order.geometry.frames() != data_set.frames || order.geometry.bins(kind) != data_set.bins ||
            static_cast<int>(order.classes.size()) != data_set.classes) {
            throw Error(order.trial.label + ": the geometry or classes recorded for its data set are not those it was "
                                            "trained on; run its sweep again with the same data set");
        }
        return model::input_shape(data_set);
    }

    static constexpr std::size_t batch_clips = 16;

    const PredictionOrder& order_;
    ClipTransform transform_;
    model::InstrumentNet net_;
};

Probabilities mean_of(const std::vector<Probabilities>& clips)
{
    Probabilities mean(clips.front().size(), 0);
    for (const Probabilities& clip : clips) {
        for (std::size_t i = 0; i < mean.size(); ++i) {
            mean[i] += clip[i] / static_cast<double>(clips.size());
        }
    }
    return mean;
}

/// Returns the indices of the most likely classes, most likely first.
std::vector<std::size_t> likeliest(const Probabilities& probabilities, int top)
{
    std::vector<std::size_t> classes(probabilities.size());
    std::iota(classes.begin(), classes.end(), std::size_t{0});
    std::stable_sort(classes.begin(), classes.end(),
                     [&](std::size_t a, std::size_t b) { return probabilities[a] > probabilities[b]; });
    classes.resize(std::min(classes.size(), static_cast<std::size_t>(std::max(top, 1))));
    return classes;
}

nlohmann::json json_of(const Probabilities& probabilities, const PredictionOrder& order)
{
    nlohmann::json list = nlohmann::json::array();
    for (const std::size_t index : likeliest(probabilities, order.top)) {
        list.push_back({{"class", order.classes[index]}, {"probability", probabilities[index]}});
    }
    return list;
}

std::string text_of(const Probabilities& probabilities, const PredictionOrder& order, int width)
{
    std::string text;
    for (const std::size_t index : likeliest(probabilities, order.top)) {
        const std::string name = configs::printable(order.classes[index]);
        const auto blanks = std::max(0, width - static_cast<int>(configs::display_width(name)));
        char share[32];
        std::snprintf(share, sizeof share, " %5.1f %%", 100 * probabilities[index]);
        text += "  " + name + std::string(static_cast<std::size_t>(blanks), ' ') + share;
    }
    return text;
}

void write(const fs::path& recording, const std::vector<Probabilities>& clips, const PredictionOrder& order, bool json,
           std::FILE* out)
{
    const Probabilities mean = mean_of(clips);
    if (json) {
        nlohmann::json object = {{"recording", recording.string()},
                                 {"trial", order.trial.label},
                                 {"overall", json_of(mean, order)},
                                 {"clip_s", order.geometry.clip_s},
                                 {"seconds", nlohmann::json::array()}};
        for (const Probabilities& clip : clips) {
            object["seconds"].push_back(json_of(clip, order));
        }
        std::fprintf(out, "%s\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return;
    }
    int width = 0;
    for (const std::string& name : order.classes) {
        width = std::max(width, static_cast<int>(configs::display_width(configs::printable(name))));
    }
    std::fprintf(out, "%s\n", configs::printable(recording.string()).c_str());
    for (std::size_t i = 0; i < clips.size(); ++i) {
        std::fprintf(out, "  %4g s %s\n", static_cast<double>(i) * order.geometry.clip_s,
                     text_of(clips[i], order, width).c_str());
    }
    std::fprintf(out, "  overall%s\n", text_of(mean, order, width).c_str());
}

}  // namespace

ExitCode run_prediction(const PredictionOrder& order, bool json, std::FILE* out)
{
    ExitCode exit_code = exit_done;
    try {
        Predictor predictor(order);
        for (const fs::path& recording : order.recordings) {
            try {
                write(recording, predictor.clips_of(recording), order, json, out);
            } catch (const data::Error& error) {
                std::fprintf(stderr, "attnsweep: %s\n", on_one_line(error.what()).c_str());
                exit_code = exit_bad_input;
            }
        }
    } catch (const c10::Error& error) {
        throw Error(error.what_without_backtrace());
    }
    return exit_code;
}

}  // namespace attnsweep::runner
