#include "runner/trial/bad_loss.h"

#include <cmath>
#include <cstddef>
#include <string>

#include "configs/failure_message.h"
#include "model/not_finite.h"
#include "runner/trial/batch_tensors.h"
#include "runner/trial/failure_naming.h"

namespace attnsweep::runner {
namespace {

using Where = model::NotFinite::Where;

// A message is read by people, and stands in the store; the order of an epoch says which the others are.
constexpr std::size_t most_clips_named = 32;

std::string text_of(double value)
{
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

std::string cause(const model::NotFinite& found, const data::Batch& batch, const TrialData& data, bool is_training)
{
    switch (found.where) {
    case Where::clip:
        return "the batch itself holds " + text_of(found.value) + ", in " +
               data.name_of(batch.clips.at(static_cast<std::size_t>(found.clip)));
    case Where::weight:
        return "the weight " + found.name + " holds " + text_of(found.value) + " already, so " +
               (is_training ? "the step before" : "an earlier step") + " made it so";
    case Where::layer:
        return "values and weights are finite, the first output that is not is that of " + found.name +
               ", which holds " + text_of(found.value);
    case Where::loss:
        break;
    }
    return "values, weights and every layer's output are finite, only the loss is not: the logits lie too far apart";
}

std::string cause_unknown(std::int64_t read_after)
{
    return "it was read only after batch " + std::to_string(read_after + 1) +
           ", when the weights that gave it were gone (execution.late_losses, execution.step_graph); the same trial "
           "with both false names the first weight or layer's output that is not finite";
}

std::string remedy(Where where)
{
    return where == Where::clip ? "`attnsweep inspect SHARDS --verify` compares the shards with their checksums; leave "
                                  "the recording out, or "
                                  "try another data.scale or data.normalisation"
                                : "a smaller training.learning_rate, data.normalisation = \"clip_standard\" or "
                                  "training.clip_norm "
                                  "may help";
}

}  // namespace

void throw_bad_loss(const BadBatch& bad, const data::BatchLoader& loader, const TrialData& data,
                    model::InstrumentNet& net, configs::Precision precision)
{
    data::Batch batch = loader.batch(bad.index);
    const model::NotFinite found =
        model::find_not_finite(net, values_of(batch, net.shape()), precision, bad.is_training);
    const bool is_too_late = bad.read_after && found.where != Where::clip;
    std::string message = bad.what + ", batch " + std::to_string(bad.index + 1) + " of " +
                          std::to_string(loader.batches()) + ", is " + text_of(bad.loss) + ": " +
                          (is_too_late ? cause_unknown(*bad.read_after) : cause(found, batch, data, bad.is_training)) +
                          "; " + remedy(found.where);
    message += configs::clips_in_message;
    for (std::size_t i = 0; i < batch.clips.size() && i < most_clips_named; ++i) {
        message += (i == 0 ? "" : ", ") + data.name_of(batch.clips[i]);
    }
    if (batch.clips.size() > most_clips_named) {
        message += " and " + std::to_string(batch.clips.size() - most_clips_named) + " more";
    }
    throw NamedFailure{{configs::FailureKind::nan, message, 0}};
}

}  // namespace attnsweep::runner
