#include "runner/trial/class_weights.h"

#include <numeric>

namespace attnsweep::runner {

std::vector<double> balanced_class_weights(const std::vector<std::int64_t>& clips_per_class)
{
    const auto clips =
        static_cast<double>(std::accumulate(clips_per_class.begin(), clips_per_class.end(), std::int64_t{0}));
    const auto classes = static_cast<double>(clips_per_class.size());
    std::vector<double> weights;
    weights.reserve(clips_per_class.size());
    for (const std::int64_t of_class : clips_per_class) {
        weights.push_back(of_class == 0 ? 0 : clips / (classes * static_cast<double>(of_class)));
    }
    return weights;
}

}  // namespace attnsweep::runner
