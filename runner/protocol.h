#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/sweep.h"
#include "configs/trial_result.h"

namespace attnsweep::runner {

/// Tells a trial process (`attnsweep-trial train`) what to train, as one JSON document on its standard input.
struct TrialOrder {
    configs::Trial trial;
    int attempt = 1;
    std::filesystem::path data_folder;     ///< the data set
    std::filesystem::path attempt_folder;  ///< only this attempt writes here; created by the trial
    std::filesystem::path
        pending_folder;  ///< a finished trial's result is announced here: TRIAL_ID.json, a copy of result.json
    std::vector<std::filesystem::path> earlier_attempts;  ///< newest first: may have checkpoints to resume from
    std::string device = "cpu";                           ///< cpu, cuda, cuda:N
    int threads = 1;                                      ///< of each replica
    int replicas =
        1;  ///< of the network, which train the trial together: on GPUs each on one of those that the process sees
    std::vector<std::vector<int>> cores{};  ///< of each replica; empty: the process's cores are divided among them
    double checkpoint_every_s = 600;
    configs::Keep keep = configs::Keep::weights;
    configs::AttentionImplementation attention = configs::AttentionImplementation::automatic;
    configs::OptimizerStep optimizer_step = configs::OptimizerStep::per_tensor;
    configs::BatchLoading batch_loading = configs::BatchLoading::plain;
    bool clips_fit =
        false;  ///< batch_loading automatic: rank 0 found that they fit into a GPU's memory beside the training
    bool late_losses = false;
    bool step_graph = false;
    std::int64_t max_batches = 0;  ///< > 0: stop after this many training batches, write nothing (`attnsweep trial`)
};
void to_json(nlohmann::json& json, const TrialOrder& order);
void from_json(const nlohmann::json& json, TrialOrder& order);

/// Takes what a sweep's execution settings say of how its trials are trained; not what is decided for each (replicas, clips_fit).
void take_settings(TrialOrder& order, const configs::ExecutionSettings& execution);

/// Tells `attnsweep-trial predict` what to predict, as one JSON document on its standard input.
struct PredictionOrder {
    configs::Trial trial;
    configs::Geometry geometry;
    std::vector<std::string> classes;
    std::filesystem::path weights;
    std::vector<std::filesystem::path> recordings;
    std::string device = "cpu";
    int threads = 1;
    int top = 3;
    bool pads_short = false;  ///< DataSetDescription::pads_short
};
void to_json(nlohmann::json& json, const PredictionOrder& order);
void from_json(const nlohmann::json& json, PredictionOrder& order);

/// Reports an event of a trial: one line of JSON on the file descriptor given by `--events FD` (none: nothing is written).
struct TrialEvent {
    enum class Kind { started, progress, epoch, checkpoint, finished, failed, drained };
    Kind kind = Kind::started;
    std::string trial_id;
    int attempt = 1;
    int epoch = 0;                        ///< started: the epoch it resumes in (0: from scratch)
    std::int64_t batch = 0, batches = 0;  ///< progress: within the epoch
    int max_epochs = 0;
    double train_loss = 0;                       ///< progress: running
    std::optional<configs::EpochRecord> record;  ///< epoch
    std::optional<configs::Failure> failure;     ///< failed
    std::string path;                            ///< checkpoint, finished: the file
    std::int64_t peak_memory_bytes = 0;          ///< epoch: of the process so far
    std::int64_t peak_device_bytes = 0;          ///< epoch: of a GPU's memory so far; 0: on the CPU
};
std::string to_line(const TrialEvent& event);         ///< without the newline
TrialEvent event_from_line(const std::string& line);  ///< throws Error (runner/error.h)

/// Exit codes of the programs, documented in docs/exit-codes.md.
enum ExitCode : int {
    exit_done = 0,
    exit_failed = 1,         ///< an error that is none of the others
    exit_usage = 2,          ///< command line
    exit_bad_input = 3,      ///< an input file is wrong: sweep, manifest, audio, shard
    exit_trials_failed = 4,  ///< the sweep ended; some trials failed
    exit_store = 5,          ///< the store cannot be read or written, is newer, or is in use
    exit_no_device = 6,      ///< the device asked for is not there
    exit_no_space = 7,       ///< disk full
    exit_nothing_runs = 8,   ///< drain: no sweep runs on the store
    exit_not_started = 71,   ///< the system starts no process or thread, or a program is away (sysexits' EX_OSERR)
    exit_run_again = 75,     ///< drained or interrupted; rerun the command to resume (sysexits' EX_TEMPFAIL)
};

/// Returns whether a trial's exit code means an environment failure, which is not the trial's fault: a full disk, a store's
/// folder that cannot be written, a data set that cannot be read, a thread that cannot be started. The trial leaves no result, the sweep stops, and rerunning
/// the command after the cause is fixed runs the trial again.
constexpr bool is_environment_failure(int exit_code)
{
    return exit_code == exit_no_space || exit_code == exit_store || exit_code == exit_bad_input ||
           exit_code == exit_not_started;
}

}  // namespace attnsweep::runner
