#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_result.h"

namespace attnsweep::store {

/// A slot, which runs a trial or is free.
struct LiveSlot {
    std::string node;
    int device = 0, place = 0;
    int number = 0;            ///< of the slot within its node
    std::string trial, label;  ///< empty: free
    int attempt = 0;
    bool began = false;  ///< its process has started; until then `note` may say what it waits for
    std::string note;
    int epoch = 0, max_epochs = 0;
    std::int64_t batch = 0, batches = 0;  ///< within the epoch
    double train_loss = -1, validation_accuracy = -1;
    double runs_s = 0;
    double left_s = -1;  ///< to its last epoch; negative: not known yet
};

/// Waiting trials with the same reason.
struct LiveWaiting {
    std::string why;
    int count = 0;
    std::vector<std::string> labels;  ///< of the next ones to start
};

struct LiveFailure {
    std::string label;
    configs::Failure failure;
    bool again = false;  ///< it will be retried
    std::string log;
};

/// The sweep's estimated end in seconds from now, as a range; negative: not known yet.
struct LiveEnd {
    double low_s = -1, expected_s = -1, high_s = -1;
};

/// What rank 0 publishes about the running sweep for `status`: STORE.d/status.json. It describes the moment
/// `written_at`; whether the writer is still alive is known from the lease.
struct LiveStatus {
    static constexpr const char* file_name = "status.json";
    static constexpr int format = 1;

    std::string sweep;
    std::string state = "running";  ///< running, draining, ended
    std::string reason;             ///< why the run drains
    int exit_code = -1;             ///< when ended
    std::string host;
    long pid = 0;
    std::string started_at, written_at;  ///< UTC
    int total = 0, done = 0, running = 0, waiting = 0, failed = 0;
    LiveEnd left;
    std::vector<LiveSlot> slots;
    std::vector<LiveWaiting> waits;
    std::vector<LiveFailure> failures;
};
void to_json(nlohmann::json& json, const LiveStatus& status);
void from_json(const nlohmann::json& json, LiveStatus& status);

/// Writes status.json under a temporary name and renames it. Not synced: after a power cut it would be outdated anyway.
/// Throws files::Error.
void write_live_status(const std::filesystem::path& store_folder, const LiveStatus& status);

/// Reads status.json; nothing if there is none or its format is another version's.
std::optional<LiveStatus> read_live_status(const std::filesystem::path& store_folder);

}  // namespace attnsweep::store
