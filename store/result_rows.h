#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_result.h"
#include "store/connection.h"

namespace attnsweep::store {

/// The rows a trial's attempts consist of. Each function works inside the caller's transaction.

struct AttemptRow {
    std::int64_t id = 0;
    std::string outcome;  ///< empty while it runs
};

std::optional<AttemptRow> attempt_row(Connection& connection, const std::string& trial_id, int number);

/// Throws Error (unknown) when no recorded sweep has the trial.
void require_trial(Connection& connection, const std::string& trial_id, const std::string& label);

/// Nothing when the attempt is there.
void insert_attempt(Connection& connection, const std::string& trial_id, int number, const std::string& host,
                    const std::string& device, const std::string& started_at);

void replace_epochs(Connection& connection, std::int64_t attempt, std::span<const configs::EpochRecord> epochs);

/// The bytes of a result.json. Throws configs::Error when they are not a result whose numbers can be used.
configs::TrialResult parse_result(const std::string& bytes);

/// Store::commit of one result. `ended_at`: when it was committed.
void insert_result(Connection& connection, const configs::TrialResult& result, const std::string& ended_at);

/// UTC, ISO 8601.
std::string now_utc();

/// JSON text; bytes that are not UTF-8 (a folder's name) are replaced, never thrown at.
std::string dump(const nlohmann::json& json);

}  // namespace attnsweep::store
