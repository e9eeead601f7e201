#pragma once

#include <span>
#include <string>

#include "configs/trial_result.h"
#include "configs/trial_spec.h"

namespace attnsweep::configs {

/// The word of each enumerator, in sweep files, JSON, the store and reports alike.
/// `names<E>()[i]` is the word of the enumerator with value i.
template <typename Enum> std::span<const char* const> names();
template <> std::span<const char* const> names<Spectrogram>();
template <> std::span<const char* const> names<Scale>();
template <> std::span<const char* const> names<Normalisation>();
template <> std::span<const char* const> names<SplitKind>();
template <> std::span<const char* const> names<Monitor>();
template <> std::span<const char* const> names<Precision>();
template <> std::span<const char* const> names<BiasInit>();
template <> std::span<const char* const> names<Outcome>();

std::string to_string(Scale scale);
std::string to_string(Normalisation normalisation);
std::string to_string(SplitKind split);
std::string to_string(Monitor monitor);
std::string to_string(Precision precision);
std::string to_string(BiasInit bias_init);
std::string to_string(Outcome outcome);

}  // namespace attnsweep::configs
