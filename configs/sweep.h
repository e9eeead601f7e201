#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_spec.h"

namespace attnsweep::configs {

/// Which files of a finished trial are kept. weights: those of the last and the best epoch; all: checkpoints too.
enum class Keep { weights, last, best, all, none };

/// The kind of device that trials run on.
enum class DeviceKind { cpu, cuda };

/// How attention is computed (model/attention_choice.h). automatic: chosen by device and precision.
enum class AttentionImplementation { automatic, chunked, tiled, reference, sdpa_bias, sdpa_extended };

/// How an optimizer takes its step (model/optimizer.h). per_tensor: weight by weight; foreach: by operations on all weights together.
enum class OptimizerStep { per_tensor, foreach };

/// How a trial gets its batches (runner/trial/batch_supply.h). automatic: on a GPU resident where the clips fit into its memory, else
/// pinned; on a CPU plain. All give the same bits.
enum class BatchLoading { automatic, plain, pinned, resident };

/// Settings of the sections `[execution]` and `[checkpoint]`: how a trial is run. Never part of its id.
struct ExecutionSettings {
    std::string device = "auto";      ///< auto, cpu, cuda
    int threads = 1;                  ///< CPU threads per trial; fixed for a sweep
    double hang_after_s = 600;        ///< a trial that reports nothing for this long has hung; 0: never
    int slots_per_device = 1;         ///< concurrent trials per GPU, if its memory suffices
    double checkpoint_every_s = 600;  ///< from "10 min", "30 s", or seconds
    Keep keep = Keep::weights;        ///< checkpoint.keep
    AttentionImplementation attention_implementation = AttentionImplementation::automatic;
    int devices_per_trial = 1;  ///< GPUs, or slots of cores, of one node; 0: "auto"
    BatchLoading batch_loading = BatchLoading::plain;
    OptimizerStep optimizer_step = OptimizerStep::per_tensor;
    bool step_graph = false;   ///< on a GPU a step is recorded once and queued by one call
    bool late_losses = false;  ///< read from the device every 50 steps instead of after each
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
    std::string text;  ///< the resolved settings as canonical JSON: a change creates a new revision in the store
    std::vector<std::string> overrides;  ///< each --set as given
    ExecutionSettings execution;
    DataSetDescription data;
    std::vector<Trial> trials;
};

/// Reads a sweep file and the files it extends, applies `overrides` (`key=value`), expands and checks it. Throws Error
/// naming file, line, column.
Sweep read_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                 const DataSetDescription& data);

/// Returns the trial whose label or id begins with `prefix` (an exact match wins). Throws Error listing the candidates
/// when it is not unique.
const Trial& find_trial(const Sweep& sweep, const std::string& prefix);

}  // namespace attnsweep::configs
