#include "configs/names.h"

#include <array>
#include <string_view>

#include "configs/error.h"

namespace attnsweep::configs {

namespace {

constexpr std::array spectrogram_names{"stft", "cqt"};
constexpr std::array scale_names{"magnitude", "power", "decibel"};
constexpr std::array normalisation_names{"none", "clip_max", "clip_standard"};
constexpr std::array split_names{"clip", "group", "manifest"};
constexpr std::array monitor_names{"validation_loss", "validation_accuracy"};
constexpr std::array precision_names{"float32", "tf32", "bfloat16"};
constexpr std::array bias_init_names{"zeros", "normal"};
constexpr std::array outcome_names{"done", "failed"};

template <typename Enum> std::string name_of(Enum value)
{
    return names<Enum>()[static_cast<std::size_t>(value)];
}

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
template <> std::span<const char* const> names<Outcome>()
{
    return outcome_names;
}

std::string to_string(Spectrogram spectrogram)
{
    return name_of(spectrogram);
}
std::string to_string(Scale scale)
{
    return name_of(scale);
}
std::string to_string(Normalisation normalisation)
{
    return name_of(normalisation);
}
std::string to_string(SplitKind split)
{
    return name_of(split);
}
std::string to_string(Monitor monitor)
{
    return name_of(monitor);
}
std::string to_string(Precision precision)
{
    return name_of(precision);
}
std::string to_string(BiasInit bias_init)
{
    return name_of(bias_init);
}
std::string to_string(Outcome outcome)
{
    return name_of(outcome);
}

Spectrogram spectrogram_from(const std::string& name)
{
    for (std::size_t i = 0; i < spectrogram_names.size(); ++i) {
        if (name == spectrogram_names[i]) {
            return static_cast<Spectrogram>(i);
        }
    }
    throw Error("spectrogram \"" + name + "\" is not known; expected stft or cqt");
}

}  // namespace attnsweep::configs
