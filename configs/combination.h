#pragma once

#include <string>

#include "configs/settings.h"

namespace attnsweep::configs {

/// A combination of settings, each possible alone, that together make no trial.
struct Impossible {
    std::string key;      ///< the one to change first
    std::string message;  ///< the values, what was expected, what to do; empty: nothing is wrong
};

/// Looks at the numbers alone: attention filters against heads (int(r F) is shared out among them; paper.md, "The
/// network"), augmented blocks against blocks, the network's widest block, the split against the data set.
Impossible find_impossible(const Settings& settings, const DataSetDescription& data);

}  // namespace attnsweep::configs
