#include "reports/analysis/baseline.h"

#include <algorithm>

namespace attnsweep::reports {

std::optional<Baseline> baseline_of(const store::SplitCounts& split)
{
    const std::vector<std::int64_t>& clips = split.test_clips_per_class;
    const auto most = std::max_element(clips.begin(), clips.end());
    if (most == clips.end() || *most == 0 || clips.size() != split.classes.size()) {
        return std::nullopt;
    }
    const auto frequent = static_cast<std::size_t>(most - clips.begin());
    configs::Confusion confusion(clips.size(), std::vector<std::int64_t>(clips.size(), 0));
    for (std::size_t truth = 0; truth < clips.size(); ++truth) {
        confusion[truth][frequent] = clips[truth];
    }
    return Baseline{split.classes[frequent], configs::metrics_of(confusion)};
}

}  // namespace attnsweep::reports
