#include "runner/trial/prepared_trial.h"

#include <torch/torch.h>

#include "model/attention_choice.h"
#include "model/device.h"
#include "runner/trial/set_evaluation.h"
#include "runner/version.h"

namespace attnsweep::runner {
namespace {

c10::Device prepared_device(const TrialOrder& order, configs::ExecutionRecord& execution)
{
    const configs::TrialSpec& spec = order.trial.spec;
    model::use_threads(order.threads);
    const c10::Device device = model::choose_device(order.device);
    model::use_precision(spec.training.precision, device);
    execution = model::execution_record(device, order.threads);
    execution.attnsweep_version = version_text();
    model::record_attention(model::attention_choice(order.attention, spec, device), spec.model, execution);
    torch::manual_seed(spec.seed.init);
    return device;
}

}  // namespace

PreparedTrial::PreparedTrial(const TrialOrder& order, configs::ExecutionRecord& execution,
                             const std::function<void(const std::string&)>& log)
    : device(prepared_device(order, execution)), data(order),
      net(order.trial.spec.model, model::input_shape(order.trial.spec.data_set), order.trial.spec.seed.init)
{
    const configs::TrainingSettings& training = order.trial.spec.training;
    net.to(device);
    net.use_attention(model::attention_choice(order.attention, order.trial.spec, device));
    optimizer = model::make_optimizer(training, net);
    class_weights = tensor_of(data.class_weights(log), device);
}

}  // namespace attnsweep::runner
