#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_spec.h"

namespace attnsweep::configs {

/// What stays of a trial's files after its end. weights: those of the last epoch and the best ones; all: checkpoints too.
enum class Keep { weights, last, best, all, none };

/// The kind of device that trials run on.
enum class DeviceKind { cpu, cuda };

/// `[execution]` and `[checkpoint]`: how a trial is run. Never part of its id.
struct ExecutionSettings {
    std::string device = "auto";      ///< auto, cpu, cuda
    int threads = 1;                  ///< CPU threads a trial; fixed for a sweep
    double hang_after_s = 600;        ///< a trial without a sign of life for so long hangs; 0: none does
    int slots_per_device = 1;         ///< trials at once on a GPU, as far as its memory reaches
    double checkpoint_every_s = 600;  ///< from "10 min", "30 s", or seconds
    Keep keep = Keep::weights;        ///< checkpoint.keep
};

/// One trial of a sweep.
struct Trial {
    std::string id;
    std::string label;          ///< readable, unique in the sweep: cqt-r25-s1
    std::string configuration;  ///< the label without its repeat: cqt-r25; trials averaged together share it
    int repeat = 1;
    TrialSpec spec;
};
void to_json(nlohmann::json& json, const Trial& trial);
void from_json(const nlohmann::json& json, Trial& trial);  ///< throws Error

/// A sweep file resolved against a data set.
struct Sweep {
    std::string name;
    std::string description;
    std::string path;  ///< the file it was read from
    std::string text;  ///< the resolved settings as canonical JSON: an edit makes a new revision in the store
    std::vector<std::string> overrides;  ///< each --set as given
    ExecutionSettings execution;
    DataSetDescription data;
    std::vector<Trial> trials;
};

/// Reads, extends, overrides (`key=value`), expands and checks a sweep. Throws Error naming file, line, column.
Sweep read_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                 const DataSetDescription& data);

/// The trial whose label or id begins with `prefix` uniquely (an exact match wins); throws Error listing the
/// candidates.
const Trial& find_trial(const Sweep& sweep, const std::string& prefix);

}  // namespace attnsweep::configs
