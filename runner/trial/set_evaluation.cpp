#include "runner/trial/set_evaluation.h"

#include <cmath>

#include "model/training_step.h"
#include "runner/trial/batch_supply.h"
#include "runner/trial/prepared_trial.h"

namespace attnsweep::runner {

std::optional<SetEvaluation> evaluate_set(PreparedTrial& trial, const data::BatchLoader& loader,
                                          configs::Precision precision, const std::function<bool()>& goes_on)
{
    const auto classes = static_cast<std::size_t>(trial.net.shape().classes);
    SetEvaluation evaluation;
    evaluation.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    std::int64_t correct = 0;
    BatchPass batches(trial.supply, loader);
    std::int64_t index = 0;
    while (const std::optional<SuppliedBatch> supplied = batches.next()) {
        if (!goes_on()) {
            return std::nullopt;
        }
        const model::Evaluation part = trial.team->evaluate(supplied->values, supplied->labels, precision);
        if (!std::isfinite(part.loss_sum)) {
            evaluation.loss = part.loss_sum;
            evaluation.bad_batch = index;
            return evaluation;
        }
        ++index;
        evaluation.loss += part.loss_sum;
        for (std::size_t i = 0; i < part.predicted.size(); ++i) {
            const std::int64_t truth = supplied->batch.labels[i], predicted = part.predicted[i];
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

}  // namespace attnsweep::runner
