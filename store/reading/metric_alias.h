#pragma once

#include <string>

namespace attnsweep::store {

/// Translates the old name of a metric's column into the one it has: f1_classes into f1_class_mean, best_f1_classes into
/// best_f1_class_mean. Any other name is returned as it is. Old names are taken for one release wherever people type a metric
/// (`query --columns`, `--sort`, `compare --metrics`).
std::string current_metric_name(const std::string& name);

}  // namespace attnsweep::store
