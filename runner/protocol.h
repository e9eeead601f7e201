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

/// What a trial process reads, as one JSON document, from its standard input (`attnsweep-trial train`).
struct TrialOrder {
    configs::Trial trial;
    int attempt = 1;
    std::filesystem::path data_folder;     ///< the data set
    std::filesystem::path attempt_folder;  ///< where this attempt alone writes; made by the trial
    std::filesystem::path
        pending_folder;  ///< a finished trial's result is announced here: TRIAL_ID.json, a copy of result.json
    std::vector<std::filesystem::path> earlier_attempts;  ///< newest first: where checkpoints to go on from may lie
    std::string device = "cpu";                           ///< cpu, cuda, cuda:N
    int threads = 1;
    double checkpoint_every_s = 600;
    configs::Keep keep = configs::Keep::weights;
    std::int64_t max_batches = 0;  ///< > 0: stop after so many training batches, write nothing (`attnsweep trial`)
};
void to_json(nlohmann::json& json, const TrialOrder& order);
void from_json(const nlohmann::json& json, TrialOrder& order);

/// What `attnsweep-trial predict` reads from its standard input.
struct PredictionOrder {
    configs::Trial trial;
    configs::Geometry geometry;
    std::vector<std::string> classes;
    std::filesystem::path weights;
    std::vector<std::filesystem::path> recordings;
    std::string device = "cpu";
    int threads = 1;
    int top = 3;
};
void to_json(nlohmann::json& json, const PredictionOrder& order);
void from_json(const nlohmann::json& json, PredictionOrder& order);

/// One line of JSON a trial writes to the file descriptor given by `--events FD` (none: nothing is written).
struct TrialEvent {
    enum class Kind { started, progress, epoch, checkpoint, finished, failed, drained };
    Kind kind = Kind::started;
    std::string trial_id;
    int attempt = 1;
    int epoch = 0;                        ///< started: the epoch it goes on in (0: from scratch)
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

/// How programs end. Documented in README.md, "Exit codes".
enum ExitCode : int {
    exit_done = 0,
    exit_failed = 1,         ///< an error that is none of the others
    exit_usage = 2,          ///< command line
    exit_bad_input = 3,      ///< a file of the user's is wrong: sweep, manifest, audio, shard
    exit_trials_failed = 4,  ///< the sweep ended; some trials failed
    exit_store = 5,          ///< the store cannot be read or written, is newer, or is in use
    exit_no_device = 6,      ///< the device asked for is not there
    exit_no_space = 7,       ///< disk full
    exit_nothing_runs = 8,   ///< drain: no sweep runs on the store
    exit_run_again = 75,     ///< drained or interrupted; the same command goes on (sysexits' EX_TEMPFAIL)
};

/// What ends a trial that is no fault of its own: a full disk, a store's folder that cannot be written, a data set that
/// cannot be read. It leaves no result and ends with this code; the sweep stops, and the trial is run again once that is mended.
constexpr bool is_environment_failure(int exit_code)
{
    return exit_code == exit_no_space || exit_code == exit_store || exit_code == exit_bad_input;
}

}  // namespace attnsweep::runner
