#pragma once

#include <string>

#include "configs/sweep_file.h"

namespace attnsweep::configs {

/// Applies the argument of one `--set`: "training.learning_rate=0.01", "data.spectrogram=cqt" (strings need no quotes),
/// "model.attention_ratio=[0, 0.5]" (a list, or values in short as in configs/value_shorthand.h, creates or replaces an axis). Throws Error naming the text.
void apply_override(SweepFile& file, const std::string& text);

/// Returns the text of the override that gives a sweep this name.
std::string override_of_name(const std::string& name);

}  // namespace attnsweep::configs
