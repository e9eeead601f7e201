#pragma once

#include <string>

#include "configs/sweep.h"

namespace attnsweep::configs {

/// Settings of the section `[sweep]`.
struct SweepSettings {
    std::string name;  ///< empty: the file's name without .toml
    std::string description;
    int repeats = 1;            ///< repeat s of a configuration adds s - 1 to seed.init and seed.order
    bool repeat_split = false;  ///< repeat s also adds s - 1 to seed.split
};

/// All settings of a sweep file, typed; the key registry (configs/keys.h) reads and writes them.
struct Settings {
    SweepSettings sweep;
    DataSettings data;
    ModelSettings model;
    TrainingSettings training;
    Seeds seed;
    ExecutionSettings execution;
};

/// Converts a spec to settings, with sweep and execution at their defaults, and back.
Settings settings_of(const TrialSpec& spec);
TrialSpec spec_of(const Settings& settings, const DataIdentity& data_set);

}  // namespace attnsweep::configs
