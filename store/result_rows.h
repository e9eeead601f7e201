#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_result.h"
#include "store/connection.h"

namespace attnsweep::store {

/// The rows of trials' attempts. Each function works inside the caller's transaction.

/// A row of the table attempts.
struct AttemptRow {
    std::int64_t id = 0;
    std::string outcome;  ///< empty while it runs
};

std::optional<AttemptRow> attempt_row(Connection& connection, const std::string& trial_id, int number);

/// Throws Error (unknown) when no recorded sweep has the trial.
void require_trial(Connection& connection, const std::string& trial_id, const std::string& label);

/// Inserts an attempt; does nothing if it exists.
void insert_attempt(Connection& connection, const std::string& trial_id, int number, const std::string& host,
                    const std::string& device, const std::string& started_at);

void replace_epochs(Connection& connection, std::int64_t attempt, std::span<const configs::EpochRecord> epochs);

/// Parses the bytes of a result.json. Throws configs::Error if they are not a valid result.
configs::TrialResult parse_result(const std::string& bytes);

/// Inserts or updates the rows of one result (Store::commit). `ended_at`: when it was committed.
void insert_result(Connection& connection, const configs::TrialResult& result, const std::string& ended_at);

/// Returns the current time, UTC, ISO 8601.
std::string now_utc();

/// Serialises JSON; bytes that are not UTF-8 (from a folder's name) are replaced instead of throwing.
std::string dump(const nlohmann::json& json);

}  // namespace attnsweep::store
