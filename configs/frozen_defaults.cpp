#include "configs/frozen_defaults.h"

#include <nlohmann/json.hpp>

#include "configs/keys.h"

namespace attnsweep::configs {

const std::vector<FrozenDefault>& frozen_defaults()
{
    static const std::vector<FrozenDefault> table = {
        // 0.1.0
        {"data.spectrogram", "\"stft\""},
        {"data.scale", "\"magnitude\""},
        {"data.normalisation", "\"none\""},
        {"data.split", "\"clip\""},
        {"data.test_fraction", "0.1"},
        {"data.validation_fraction", "0.1"},
        {"model.attention_ratio", "0"},
        {"model.heads", "8"},
        {"model.first_filters", "32"},
        {"model.blocks", "5"},
        {"model.augmented_blocks", "[4,5]"},
        {"model.dense_sizes", "[1024,512,256,128,64]"},
        {"model.kernel_size", "5"},
        {"model.batch_norm_momentum", "0.99"},
        {"model.batch_norm_epsilon", "0.001"},
        {"model.kernel_stddev", "0.05"},
        {"model.bias_init", "\"zeros\""},
        {"training.optimizer", "\"adagrad\""},
        {"training.learning_rate", "0.001"},
        {"training.initial_accumulator", "0.1"},
        {"training.epsilon", "1e-07"},
        {"training.batch_size", "16"},
        {"training.max_epochs", "400"},
        {"training.early_stopping", "true"},
        {"training.patience", "30"},
        {"training.monitor", "\"validation_loss\""},
        {"training.precision", "\"float32\""},
        {"seed.split", "1"},
        {"seed.init", "1"},
        {"seed.order", "1"},
        // Before 0.1.0 was released, after the first stores
        {"data.stratified", "false"},
        {"data.train_on_validation", "false"},
        {"training.momentum", "0"},
        {"training.nesterov", "false"},
        {"training.beta_1", "0.9"},
        {"training.beta_2", "0.999"},
        {"training.weight_decay", "0"},
        {"training.schedule", "\"constant\""},
        {"training.step_epochs", "0"},
        {"training.step_factor", "0.1"},
        {"training.warmup_epochs", "0"},
        {"training.clip_norm", "0"},
        {"training.class_weights", "\"none\""},
    };
    return table;
}

const Settings& frozen_settings()
{
    static const Settings frozen = [] {
        Settings settings;
        for (const FrozenDefault& row : frozen_defaults()) {
            const Key& key = *find_key(row.key);
            key.write(settings, value_from_json(key, nlohmann::json::parse(row.text)));
        }
        return settings;
    }();
    return frozen;
}

}  // namespace attnsweep::configs
