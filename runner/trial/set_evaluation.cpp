#include "runner/trial/set_evaluation.h"

#include <cmath>

#include <torch/torch.h>

#include "data/batches_ahead.h"
#include "model/training_step.h"
#include "runner/error.h"

namespace attnsweep::runner {

std::optional<SetEvaluation> evaluate_set(model::ReplicaTeam& team, const model::InputShape& shape,
                                          const data::BatchLoader& loader, configs::Precision precision,
                                          const std::function<bool()>& goes_on)
{
    const auto classes = static_cast<std::size_t>(shape.classes);
    SetEvaluation evaluation;
    evaluation.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    std::int64_t correct = 0;
    data::BatchesAhead batches(loader);
    std::int64_t index = 0;
    while (std::optional<data::Batch> batch = batches.next()) {
        if (!goes_on()) {
            return std::nullopt;
        }
        const model::Evaluation part = team.evaluate(values_of(*batch, shape), labels_of(*batch), precision);
        if (!std::isfinite(part.loss_sum)) {
            evaluation.loss = part.loss_sum;
            evaluation.bad_batch = index;
            return evaluation;
        }
        ++index;
        evaluation.loss += part.loss_sum;
        for (std::size_t i = 0; i < part.predicted.size(); ++i) {
            const std::int64_t truth = batch->labels[i], predicted = part.predicted[i];
            ++evaluation.confusion[static_cast<std::size_t>(truth)][static_cast<std::size_t>(predicted)];
            correct += truth == predicted ? 1 : 0;
            evaluation.predictions.push_back(
                {static_cast<int>(predicted), static_cast<int>(part.rank[i]), part.probability[i]});
        }
    }
    const auto clips = static_cast<double>(loader.clips());
    evaluation.loss /= clips;
    evaluation.accuracy = static_cast<double>(correct) / clips;
    return evaluation;
}

at::Tensor values_of(data::Batch& batch, const model::InputShape& shape)
{
    if (batch.values.size() != static_cast<std::size_t>(batch.size * shape.frames * shape.bins)) {
        throw Error("the data set's spectrograms do not have the shape that the trial was planned for");
    }
    return torch::from_blob(batch.values.data(), {batch.size, shape.frames, shape.bins}, torch::kFloat32);
}

at::Tensor labels_of(data::Batch& batch)
{
    return torch::from_blob(batch.labels.data(), {batch.size}, torch::kInt64);
}

at::Tensor tensor_of(const std::vector<double>& class_weights, const c10::Device& device)
{
    return class_weights.empty() ? at::Tensor() : torch::tensor(class_weights, torch::kFloat32).to(device);
}

}  // namespace attnsweep::runner
