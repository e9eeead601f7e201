#pragma once

#include <string>

#include "configs/sweep.h"

namespace attnsweep::configs {

/// `[sweep]`.
struct SweepSettings {
    std::string name;  ///< empty: the file's name without .toml
    std::string description;
    int repeats = 1;            ///< repeat s of a configuration has seed.init and seed.order larger by s - 1
    bool repeat_split = false;  ///< whether seed.split grows with the repeats as well
};

/// All settings of a sweep file, typed; what the key registry (configs/keys.h) reads from and writes into.
struct Settings {
    SweepSettings sweep;
    DataSettings data;
    ModelSettings model;
    TrainingSettings training;
    Seeds seed;
    ExecutionSettings execution;
};

}  // namespace attnsweep::configs
