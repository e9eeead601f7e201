#pragma once

#include <string>

namespace attnsweep::store {

/// Translates the old name of a metric's column into its current one: f1_classes into f1_class_mean, best_f1_classes
/// into best_f1_class_mean. Returns any other name unchanged. Old names are accepted for one release wherever users
/// type a metric (`query --columns`, `--sort`, `compare --metrics`).
std::string current_metric_name(const std::string& name);

}  // namespace attnsweep::store
