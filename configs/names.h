#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "configs/failure.h"
#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "configs/trial_spec.h"

namespace attnsweep::configs {

/// Returns the name of each enumerator, as used in sweep files, JSON, the store and reports. `names<E>()[i]` belongs to
/// the enumerator with value i.
template <typename Enum> std::span<const char* const> names();
template <> std::span<const char* const> names<Spectrogram>();
template <> std::span<const char* const> names<Scale>();
template <> std::span<const char* const> names<Normalisation>();
template <> std::span<const char* const> names<SplitKind>();
template <> std::span<const char* const> names<Monitor>();
template <> std::span<const char* const> names<Precision>();
template <> std::span<const char* const> names<BiasInit>();
template <> std::span<const char* const> names<Schedule>();
template <> std::span<const char* const> names<ClassWeights>();
template <> std::span<const char* const> names<Outcome>();
template <> std::span<const char* const> names<Keep>();
template <> std::span<const char* const> names<AttentionImplementation>();
template <> std::span<const char* const> names<OptimizerStep>();
template <> std::span<const char* const> names<BatchLoading>();
template <> std::span<const char* const> names<DeviceKind>();
template <> std::span<const char* const> names<FailureKind>();

template <typename Enum>
    requires std::is_enum_v<Enum>
std::string to_string(Enum value)
{
    return names<Enum>()[static_cast<std::size_t>(value)];
}

/// Returns the enumerator with that name, or nullopt.
template <typename Enum> std::optional<Enum> from_name(std::string_view word)
{
    const auto all = names<Enum>();
    const auto found = std::find(all.begin(), all.end(), word);
    return found == all.end() ? std::nullopt : std::optional(static_cast<Enum>(found - all.begin()));
}

}  // namespace attnsweep::configs
