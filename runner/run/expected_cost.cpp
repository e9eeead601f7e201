#include "runner/run/expected_cost.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/cost.h"
#include "model/error.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

// A core's worth; on a GPU both are larger by about the same factor, and only their ratio matters.
constexpr double operations_per_s = 5e10, bytes_per_s = 5e9;
// The logits are written and read several times forward and backward: product, two relative terms, softmax, value product.
constexpr double passes_over_logits = 12;

}  // namespace

double expected_cost(const configs::Trial& trial, std::int64_t clips, const std::string& sweep_path)
{
    try {
        const model::Cost cost = model::cost_of(trial.spec);
        const configs::DataSettings& data = trial.spec.data;
        const configs::TrainingSettings& training = trial.spec.training;
        const double trained = static_cast<double>(clips) * (1 - data.test_fraction) * (1 - data.validation_fraction);
        const double clip_s =
            cost.step_flops_per_sample / operations_per_s +
            passes_over_logits * static_cast<double>(cost.attention_bytes) / training.batch_size / bytes_per_s;
        const int figure_2 = data.spectrogram == configs::Spectrogram::stft ? 72 : 257;
        const int epochs = training.early_stopping ? std::min(training.max_epochs, figure_2) : training.max_epochs;
        return trained * clip_s * epochs;
    } catch (const model::Error& error) {
        throw Error(fmt::format("{}: trial {}: {}", sweep_path, trial.label, error.what()), exit_bad_input);
    }
}

}  // namespace attnsweep::runner
