#include <torch/torch.h>

#include <algorithm>

#include "checks.h"
#include "configs/names.h"
#include "model/adagrad.h"
#include "model/device.h"
#include "model/instrument_net.h"
#include "model/training_step.h"
#include "tensors.h"

namespace attnsweep::golden {

namespace {

// Some sums before a ReLU are within rounding of 0: on which side they fall, and with them a weight's gradient, depends on the order of
// additions, so on a processor's instruction set (seen: one of ratio_025, 2.8e-3 instead of 1e-4 of a kernel's change). Keras' run is
// one such outcome. What is beyond tolerance is repeated with the spectrograms disturbed by at most their last digit; an error of the
// network is beyond it each time.
constexpr int most_repeats = 8;
constexpr double disturbance = 1.2e-7;
constexpr double inference_tolerance = 1e-5, loss_tolerance = 1e-4, change_tolerance = 2e-3;

// Blocks and which of them are augmented show in the weights.
configs::ModelSettings settings_of(const Group& group, const std::map<std::string, Array>& weights)
{
    configs::ModelSettings settings;
    settings.attention_ratio = group.required("ratio");
    settings.heads = static_cast<int>(group.required("heads"));
    settings.first_filters = static_cast<int>(group.required("first_filters"));
    settings.batch_norm_momentum = group.required("bn_momentum");
    settings.batch_norm_epsilon = group.required("bn_epsilon");
    settings.blocks = 0;
    settings.augmented_blocks.clear();
    while (weights.contains("block" + std::to_string(settings.blocks + 1) + "/conv1/bn/gamma")) {
        ++settings.blocks;
        const std::string path = "block" + std::to_string(settings.blocks) + "/conv1";
        if (weights.contains(path + "/qkv/kernel")) {
            settings.augmented_blocks.push_back(settings.blocks);
        }
        if (const auto kernel = weights.find(path + "/conv/kernel"); kernel != weights.end()) {
            settings.kernel_size = static_cast<int>(kernel->second.shape.at(0));
        }
    }
    settings.dense_sizes.clear();
    for (const auto size : group.numbers("dense")) {
        settings.dense_sizes.push_back(static_cast<int>(size));
    }
    if (settings.dense_sizes.empty()) {
        throw Error(group.name() + ": attribute dense is empty");
    }
    return settings;
}

void check_network_once(const Group& group, configs::AttentionImplementation attention, const std::string& device,
                        int repeat, Comparison& comparison)
{
    const std::string how = ", " + configs::to_string(attention);
    const std::map<std::string, Array> initial = group.tree("initial_weights");
    configs::ModelSettings settings = settings_of(group, initial);
    const int classes = settings.dense_sizes.back();  // the attribute counts the classes as the last dense layer
    settings.dense_sizes.pop_back();
    const Array batches = group.floats("batches");  // (steps, N, H, W, 1)
    if (batches.shape.size() != 5 || batches.shape[4] != 1) {
        throw Error(group.name() + "/batches is no (steps, N, H, W, 1)");
    }
    at::Tensor x = tensor(batches).squeeze(4);
    if (repeat > 0) {
        at::manual_seed(static_cast<std::uint64_t>(repeat));
        x = x * (1 + disturbance * (2 * at::rand_like(x) - 1));
    }
    std::vector<std::int64_t> label_values = group.integers("labels");
    if (static_cast<std::int64_t>(label_values.size()) != x.size(0) * x.size(1)) {
        throw Error(group.name() + "/labels are not as many as the samples in batches");
    }
    const at::Tensor labels = at::from_blob(label_values.data(), {x.size(0), x.size(1)}, at::kLong).clone();

    model::InstrumentNet net(settings, {static_cast<int>(x.size(2)), static_cast<int>(x.size(3)), classes});
    net.use_attention(attention);
    net.to(model::choose_device(device));
    if (const auto count = group.number("trainable_parameters");
        count && *count != static_cast<double>(net.trainable_parameters())) {
        throw Error(group.name() + ": " + std::to_string(net.trainable_parameters()) + " trainable parameters here, " +
                    std::to_string(static_cast<std::int64_t>(*count)) + " by its attribute");
    }
    assign(net.named_tensors(), initial, group.name() + "/initial_weights");

    comparison.compare("inference_probabilities_initial" + how, group.name(), values(model::probabilities(net, x[0])),
                       group.floats("inference_probabilities_initial").values, inference_tolerance);

    configs::TrainingSettings training;
    training.learning_rate = group.required("learning_rate");
    training.initial_accumulator = group.required("initial_accumulator");
    training.epsilon = group.required("epsilon");
    model::Adagrad optimizer(training, net);
    const std::vector<float> reference_losses = group.floats("training_losses").values;
    if (static_cast<std::int64_t>(reference_losses.size()) != x.size(0)) {
        throw Error(group.name() + "/training_losses are not as many as the batches");
    }
    for (std::int64_t step = 0; step < x.size(0); ++step) {
        const float loss = static_cast<float>(model::train_batch(net, optimizer, x[step], labels[step]).loss);
        comparison.compare("training_losses" + how, group.name() + " step " + std::to_string(step + 1), {&loss, 1},
                           {&reference_losses[static_cast<std::size_t>(step)], 1}, loss_tolerance);
    }

    std::string after_name;
    for (const std::string& child : group.children()) {
        if (child.starts_with("weights_after")) {
            after_name = child;
        }
    }
    const std::map<std::string, Array> after = group.tree(after_name.empty() ? "weights_after_6_steps" : after_name);
    for (const model::NamedTensor& named : net.named_tensors()) {
        if (!after.contains(named.name)) {
            throw Error(group.name() + "/" + after_name + " lacks " + named.name);
        }
        comparison.compare_change((named.trainable ? "change of a weight" : "change of a statistic") + how,
                                  group.name() + " " + named.name,
                                  values(model::to_keras_layout(named.name, named.tensor)),
                                  initial.at(named.name).values, after.at(named.name).values, change_tolerance);
    }
    // Not among the promised tolerances: the weights' changes above bound it; a distribution shifts by less than they do.
    comparison.compare("inference_probabilities_final" + how, group.name(), values(model::probabilities(net, x[0])),
                       group.floats("inference_probabilities_final").values, change_tolerance);
}

}  // namespace

void check_network(const Group& group, configs::AttentionImplementation attention, const std::string& device,
                   Comparison& comparison)
{
    Comparison first;
    check_network_once(group, attention, device, 0, first);
    Comparison again;
    // Only what training changed can be on the other side; and a run that differs from itself is another fault.
    const bool can_repeat = !first.passed() && first.passed_but_for("change of");
    if (can_repeat) {
        check_network_once(group, attention, device, 0, again);
    }
    for (int repeat = 1; can_repeat && first == again && repeat <= most_repeats; ++repeat) {
        Comparison repeated;
        check_network_once(group, attention, device, repeat, repeated);
        if (repeated.passed()) {
            comparison.add(repeated, repeat);
            return;
        }
    }
    comparison.add(first, 0);
}

}  // namespace attnsweep::golden
