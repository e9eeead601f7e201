#include "configs/network_rules.h"

#include "configs/error.h"
#include "configs/keys.h"
#include "configs/names.h"
#include "configs/trial_identity.h"

namespace attnsweep::configs {

namespace {

constexpr int widest_block = 1 << 16;
constexpr std::int64_t most_flat = std::int64_t{1}
                                   << 30;  // far above any use, and no product of a layer's sizes overflows

std::optional<BrokenRule> bad_data_set(const DataIdentity& data_set)
{
    const auto refused = [](const std::string& what, int value, const std::string& expected) {
        return BrokenRule{{}, "the data set's " + what + " = " + std::to_string(value) + "; expected " + expected};
    };
    if (data_set.frames < 1) {
        return refused("frames", data_set.frames, "1 or more: ingest it again");
    }
    if (data_set.bins < 1) {
        return refused("bins", data_set.bins, "1 or more: ingest it again");
    }
    if (data_set.classes < 2) {
        return refused("classes", data_set.classes,
                       "2 or more, since one class cannot be told from another: ingest recordings of another class");
    }
    return {};
}

std::optional<BrokenRule> bad_kernel(const ModelSettings& model)
{
    if (model.kernel_size % 2 == 1) {
        return {};
    }
    return BrokenRule{{"model.kernel_size"},
                      "model.kernel_size = " + std::to_string(model.kernel_size) +
                          " is even; expected an odd size, which has a middle: choose " +
                          std::to_string(model.kernel_size - 1) + " or " + std::to_string(model.kernel_size + 1)};
}

std::optional<BrokenRule> bad_width(const ModelSettings& model)
{
    if (static_cast<std::int64_t>(model.first_filters) << (model.blocks - 1) <= widest_block) {
        return {};
    }
    return BrokenRule{{"model.first_filters", "model.blocks"},
                      "model.first_filters = " + std::to_string(model.first_filters) + " doubled over model.blocks = " +
                          std::to_string(model.blocks) + " gives a last block of more than " +
                          std::to_string(widest_block) + " filters; choose fewer"};
}

std::optional<BrokenRule> bad_poolings(const ModelSettings& model, const DataIdentity& data_set)
{
    std::int64_t height = data_set.frames, width = data_set.bins;
    for (int block = 1; block <= model.blocks; ++block) {
        if (height == 1 && width == 1) {
            return BrokenRule{{"model.blocks", "data.spectrogram"},
                              "model.blocks = " + std::to_string(model.blocks) +
                                  " is too many poolings for spectrograms of " + std::to_string(data_set.frames) +
                                  " x " + std::to_string(data_set.bins) + ": after block " + std::to_string(block - 1) +
                                  " one position is left; expected at most " + std::to_string(block - 1) + " blocks"};
        }
        height = (height + 1) / 2;
        width = (width + 1) / 2;
    }
    const std::int64_t flat = height * width * (static_cast<std::int64_t>(model.first_filters) << (model.blocks - 1));
    if (flat > most_flat) {
        return BrokenRule{{"model.first_filters", "model.blocks"},
                          "model.first_filters = " + std::to_string(model.first_filters) +
                              " gives the first dense layer " + std::to_string(flat) + " inputs; expected at most " +
                              std::to_string(most_flat) + ": choose fewer filters or more blocks"};
    }
    return {};
}

std::string divisors(int number)
{
    std::string list;
    for (int divisor = 1; divisor <= number && list.size() < 60; ++divisor) {
        if (number % divisor == 0) {
            list += (list.empty() ? "" : ", ") + std::to_string(divisor);
        }
    }
    return list;
}

std::optional<BrokenRule> bad_augmented_block(const ModelSettings& model, int block)
{
    if (block > model.blocks) {
        return BrokenRule{{"model.augmented_blocks", "model.blocks", "model.attention_ratio"},
                          "model.augmented_blocks names block " + std::to_string(block) +
                              ", but model.blocks = " + std::to_string(model.blocks) + "; expected blocks from 1 to " +
                              std::to_string(model.blocks)};
    }
    const int filters = model.first_filters << (block - 1);
    const int attention = attention_filters(filters, model.attention_ratio);
    const std::string found = "model.attention_ratio = " + text_of(model.attention_ratio) + " of block " +
                              std::to_string(block) + "'s " + std::to_string(filters) + " filters is " +
                              std::to_string(attention) + " attention filters, ";
    const std::string heads = "model.heads = " + std::to_string(model.heads);
    if (attention == 0) {
        return BrokenRule{{"model.attention_ratio", "model.first_filters"},
                          found + "but " + heads + " need one each; expected a larger model.attention_ratio or " +
                              "model.first_filters, or a ratio of 0 for a network without attention"};
    }
    if (attention % model.heads != 0) {
        return BrokenRule{{"model.heads", "model.attention_ratio"},
                          found + "which " + heads + " does not divide; expected one of " + divisors(attention) +
                              " heads, or another model.first_filters"};
    }
    return {};
}

std::optional<BrokenRule> bad_attention(const ModelSettings& model)
{
    if (has_attention(model)) {
        for (const int block : model.augmented_blocks) {
            if (auto broken = bad_augmented_block(model, block)) {
                return broken;
            }
        }
    }
    return {};
}

void check_limits(const Settings& settings, std::string_view section)
{
    for (const Key& key : keys()) {
        if (key.section() == section) {
            check(key, key.read(settings));
        }
    }
}

}  // namespace

int attention_filters(int filters, double ratio)
{
    return static_cast<int>(ratio * filters);
}

bool has_attention(const ModelSettings& model)
{
    return model.attention_ratio != 0 && !model.augmented_blocks.empty();
}

std::optional<BrokenRule> find_broken_rule(const ModelSettings& model, const DataIdentity& data_set)
{
    for (auto broken : {bad_data_set(data_set), bad_kernel(model), bad_width(model)}) {
        if (broken) {
            return broken;
        }
    }
    // A width beyond its limit would overflow in what follows.
    if (auto broken = bad_attention(model)) {
        return broken;
    }
    return bad_poolings(model, data_set);
}

void check_network(const ModelSettings& model, const DataIdentity& data_set)
{
    Settings settings;
    settings.model = model;
    check_limits(settings, "model");
    if (const auto broken = find_broken_rule(model, data_set)) {
        throw Error(broken->message);
    }
}

std::optional<BrokenRule> find_broken_rule(const DataSettings& data, const TrainingSettings& training)
{
    if (data.train_on_validation && training.early_stopping) {
        return BrokenRule{
            {"training.early_stopping", "data.train_on_validation"},
            "training.early_stopping = true, but data.train_on_validation = true leaves nothing to validate with; "
            "set training.early_stopping = false and training.max_epochs to the epochs that are wanted"};
    }
    if (training.schedule == Schedule::step && training.step_epochs == 0) {
        return BrokenRule{{"training.step_epochs", "training.schedule"},
                          "training.schedule = \"step\" has no step length (training.step_epochs = 0); expected 1 or "
                          "more: set training.step_epochs to the epochs after which the rate is multiplied by "
                          "training.step_factor, or choose \"constant\" or \"cosine\""};
    }
    if (training.warmup_epochs > training.max_epochs) {
        return BrokenRule{
            {"training.warmup_epochs", "training.max_epochs"},
            "training.warmup_epochs = " + text_of(training.warmup_epochs) +
                " is longer than the training, training.max_epochs = " + std::to_string(training.max_epochs) +
                "; expected at most as many: choose a shorter " + "warm-up or more epochs"};
    }
    if (training.optimizer == "sgd" && training.nesterov && training.momentum == 0) {
        return BrokenRule{{"training.nesterov", "training.momentum"},
                          "training.nesterov = true looks ahead along a velocity, but training.momentum = 0 keeps "
                          "none; expected a momentum above 0, such as training.momentum = 0.9, or "
                          "training.nesterov = false"};
    }
    return std::nullopt;
}

AttentionImplementation attention_choice(AttentionImplementation wanted, Precision precision, DeviceKind device_kind)
{
    if (wanted != AttentionImplementation::automatic) {
        return wanted;
    }
    return device_kind == DeviceKind::cpu && precision == Precision::float32 ? AttentionImplementation::tiled
                                                                             : AttentionImplementation::chunked;
}

std::optional<BrokenRule> find_broken_rule(const ExecutionSettings& execution, const ModelSettings& model,
                                           const TrainingSettings& training)
{
    if (execution.devices_per_trial > training.batch_size) {
        const std::string most = std::to_string(training.batch_size);
        return BrokenRule{{"execution.devices_per_trial", "training.batch_size"},
                          "execution.devices_per_trial = " + std::to_string(execution.devices_per_trial) +
                              ", but a batch has training.batch_size = " + most +
                              " clips, and each device needs one; expected at most " + most +
                              ": choose fewer devices or a larger batch"};
    }
    if (execution.attention_implementation != AttentionImplementation::tiled || !has_attention(model)) {
        return std::nullopt;
    }
    constexpr const char* remedy = "; leave it at \"auto\", or take \"chunked\"";
    if (training.precision != Precision::float32) {
        return BrokenRule{{"execution.attention_implementation", "training.precision"},
                          "execution.attention_implementation = \"tiled\" computes in float32, but "
                          "training.precision = \"" +
                              to_string(training.precision) + "\"" + remedy};
    }
    if (execution.device == "cuda") {
        return BrokenRule{{"execution.attention_implementation", "execution.device"},
                          std::string("execution.attention_implementation = \"tiled\" is for CPUs, but "
                                      "execution.device = \"cuda\"") +
                              remedy};
    }
    return std::nullopt;
}

void check_trial(const TrialSpec& spec)
{
    const Settings settings = settings_of(spec);
    check_limits(settings, "data");
    check_limits(settings, "training");
    if (const std::optional<BrokenRule> broken = find_broken_rule(spec.data, spec.training)) {
        throw Error(broken->message);
    }
    check_network(spec.model, spec.data_set);
}

}  // namespace attnsweep::configs
