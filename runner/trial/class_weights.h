#pragma once

#include <cstdint>
#include <vector>

namespace attnsweep::runner {

/// Returns the weight of each class under class_weights = "balanced": n / (classes * n_c), with n training clips, n_c of
/// them of the class, so that every class weighs the same in all. 0 for a class without training clips, which no loss
/// of the training set can contain.
std::vector<double> balanced_class_weights(const std::vector<std::int64_t>& clips_per_class);

}  // namespace attnsweep::runner
