#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/geometry.h"

namespace attnsweep::configs {

enum class Scale { magnitude, power, decibel };
/// clip_max: each clip divided by its maximum; clip_standard: each clip scaled to mean 0 and standard deviation 1.
enum class Normalisation { none, clip_max, clip_standard };
/// clip: random by clip, as in the paper; group: a recording and its copies in the same set; manifest: as it specifies.
enum class SplitKind { clip, group, manifest };
enum class Monitor { validation_loss, validation_accuracy };
enum class Precision { float32, tf32, bfloat16 };
enum class BiasInit { zeros, normal };
/// How the learning rate changes: model/learning_rate.h.
enum class Schedule { constant, step, cosine };
/// balanced: the loss of a clip counts n / (classes * n_c), with n training clips, n_c of them of its class.
enum class ClassWeights { none, balanced };

/// `[data]` of a sweep file: what is done to a data set when it is loaded.
struct DataSettings {
    Spectrogram spectrogram = Spectrogram::stft;
    Scale scale = Scale::magnitude;
    Normalisation normalisation = Normalisation::none;
    SplitKind split = SplitKind::clip;
    double test_fraction = 0.1;        ///< of all clips
    double validation_fraction = 0.1;  ///< of the remaining clips
    bool stratified = false;           ///< each class gives its share to each part
    bool train_on_validation = false;  ///< the clips for validation are trained on; nothing is validated
    bool operator==(const DataSettings&) const = default;
};

/// `[model]`: the network of paper.md, "The network".
struct ModelSettings {
    double attention_ratio = 0.0;  ///< r: share of an augmented layer's filters given to attention
    int heads = 8;
    int first_filters = 32;  ///< of block 1; each next block doubles
    int blocks = 5;
    std::vector<int> augmented_blocks = {4, 5};
    std::vector<int> dense_sizes = {1024, 512, 256, 128, 64};
    int kernel_size = 5;
    double batch_norm_momentum = 0.99;  ///< Keras' sense: libtorch's is 1 minus this
    double batch_norm_epsilon = 1e-3;
    double kernel_stddev = 0.05;  ///< of normal initial kernels
    BiasInit bias_init = BiasInit::zeros;
    bool operator==(const ModelSettings&) const = default;
};

/// Settings of the section `[training]`.
struct TrainingSettings {
    std::string optimizer = "adagrad";
    double learning_rate = 0.001;
    double initial_accumulator = 0.1;
    double epsilon = 1e-7;
    int batch_size = 16;
    int max_epochs = 400;
    bool early_stopping = true;
    int patience = 30;  ///< epochs without improvement
    Monitor monitor = Monitor::validation_loss;
    Precision precision = Precision::float32;
    double momentum = 0;      ///< sgd
    bool nesterov = false;    ///< sgd
    double beta_1 = 0.9;      ///< adam, adamw
    double beta_2 = 0.999;    ///< adam, adamw
    double weight_decay = 0;  ///< adamw: decoupled; others: added to the gradient
    Schedule schedule = Schedule::constant;
    int step_epochs = 0;  ///< schedule step: must be set; 0: not set
    double step_factor = 0.1;
    double warmup_epochs = 0;
    double clip_norm = 0;  ///< largest norm of all gradients together; 0: no limit
    ClassWeights class_weights = ClassWeights::none;
    bool operator==(const TrainingSettings&) const = default;
};

/// `[seed]`: separate, so that a repeat can change one and keep the others.
struct Seeds {
    std::uint64_t split = 1;
    std::uint64_t init = 1;
    std::uint64_t order = 1;
};

/// The properties of a data set that determine a trial's identity and shape.
struct DataIdentity {
    std::string digest;  ///< SpectrogramSet::digest
    int frames = 0;      ///< H
    int bins = 0;        ///< W
    int classes = 0;
    bool operator==(const DataIdentity&) const = default;
};

/// Everything that changes a trial's mathematics, resolved. Two equal specs are the same trial.
struct TrialSpec {
    DataSettings data;
    ModelSettings model;
    TrainingSettings training;
    Seeds seed;
    DataIdentity data_set;
};

/// Writes all keys, resolved, as `{"data": {...}, "model": {...}, ...}`; keys sorted, numbers in their shortest form.
void to_json(nlohmann::json& json, const TrialSpec& spec);
void from_json(const nlohmann::json& json, TrialSpec& spec);  ///< throws Error naming the key

/// Returns whether all keys but the seeds have equal values; ignores the data set.
bool has_equal_settings(const TrialSpec& a, const TrialSpec& b);

/// Computes the JSON text (nlohmann::json(spec).dump()) of specs that differ only in their seeds; writes the other keys
/// once.
class RepeatTexts {
public:
    explicit RepeatTexts(const TrialSpec& spec);
    bool are_of(const TrialSpec& spec) const;  ///< whether it differs only in its seeds
    std::string text(const Seeds& seeds) const;

private:
    TrialSpec spec_;
    std::string before_seeds_, after_seeds_;
};

}  // namespace attnsweep::configs
