#pragma once

#include <string>
#include <vector>

#include "configs/keys.h"

namespace attnsweep::configs {

/// Returns a configuration's readable name: spectrogram, r and the attention ratio in percent, then the other varied
/// keys in the given order: "cqt-r25", "stft-r12_5-lr0.01". Only letters, digits, '.', '_', '-' and '+': safe in file
/// names. Two settings that differ in one of these keys get different names.
std::string configuration_label(const Settings& settings, const std::vector<std::string>& varied_keys);

/// Returns 100 * ratio as an exact decimal, with '_' for the point: 0.25 -> "25", 0.125 -> "12_5".
std::string percent(double ratio);

}  // namespace attnsweep::configs
