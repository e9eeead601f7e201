#include "configs/names.h"

#include <array>

namespace attnsweep::configs {

namespace {

constexpr std::array spectrogram_names{"stft", "cqt"};
constexpr std::array scale_names{"magnitude", "power", "decibel"};
constexpr std::array normalisation_names{"none", "clip_max", "clip_standard"};
constexpr std::array split_names{"clip", "group", "manifest"};
constexpr std::array monitor_names{"validation_loss", "validation_accuracy"};
constexpr std::array precision_names{"float32", "tf32", "bfloat16"};
constexpr std::array bias_init_names{"zeros", "normal"};
constexpr std::array schedule_names{"constant", "step", "cosine"};
constexpr std::array class_weights_names{"none", "balanced"};
constexpr std::array outcome_names{"done", "failed"};
constexpr std::array device_names{"cpu", "cuda"};
constexpr std::array failure_names{"error", "signal", "out_of_memory", "nan", "hang", "device"};
constexpr std::array attention_names{"auto", "chunked", "tiled", "reference", "sdpa_bias", "sdpa_extended"};
constexpr std::array optimizer_step_names{"per_tensor", "foreach"};
constexpr std::array batch_loading_names{"auto", "plain", "pinned", "resident"};
constexpr std::array keep_names{"weights", "last", "best", "all", "none"};

}  // namespace

template <> std::span<const char* const> names<Spectrogram>()
{
    return spectrogram_names;
}
template <> std::span<const char* const> names<Scale>()
{
    return scale_names;
}
template <> std::span<const char* const> names<Normalisation>()
{
    return normalisation_names;
}
template <> std::span<const char* const> names<SplitKind>()
{
    return split_names;
}
template <> std::span<const char* const> names<Monitor>()
{
    return monitor_names;
}
template <> std::span<const char* const> names<Precision>()
{
    return precision_names;
}
template <> std::span<const char* const> names<BiasInit>()
{
    return bias_init_names;
}
template <> std::span<const char* const> names<Schedule>()
{
    return schedule_names;
}
template <> std::span<const char* const> names<ClassWeights>()
{
    return class_weights_names;
}
template <> std::span<const char* const> names<Outcome>()
{
    return outcome_names;
}

template <> std::span<const char* const> names<DeviceKind>()
{
    return device_names;
}

template <> std::span<const char* const> names<FailureKind>()
{
    return failure_names;
}

template <> std::span<const char* const> names<Keep>()
{
    return keep_names;
}

template <> std::span<const char* const> names<AttentionImplementation>()
{
    return attention_names;
}

template <> std::span<const char* const> names<BatchLoading>()
{
    return batch_loading_names;
}

template <> std::span<const char* const> names<OptimizerStep>()
{
    return optimizer_step_names;
}

}  // namespace attnsweep::configs
