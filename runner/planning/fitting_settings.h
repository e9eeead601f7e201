#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "configs/settings.h"
#include "data/data_set.h"

namespace attnsweep::runner {

/// Settings with which a sweep of a data set can begin, for `attnsweep new`.
struct FittingSettings {
    configs::Settings settings;
    std::vector<configs::Spectrogram> spectrograms;  ///< all that are there: an axis, if they are several
    std::vector<double> attention_ratios;            ///< an axis
    std::map<std::string, std::string> reasons;  ///< key -> why it has this value, where that depends on the data set
};

/// Chooses settings that every rule allows (configs/network_rules.h) and whose split leaves no set empty: blocks and filters by the
/// size of the spectrograms, split by what the data set knows of its clips, batches by their number. A pure function of the
/// data set. Throws data::Error where none can be found, naming the remedy.
FittingSettings fitting_settings(const data::DataSet& data_set);

/// Chooses settings for spectrograms of the paper's size, where there is no data set yet.
FittingSettings fitting_settings();

}  // namespace attnsweep::runner
