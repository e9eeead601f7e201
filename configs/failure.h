#pragma once

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::configs {

/// How a trial failed (docs/architecture.md, promise 3). What follows from it: failure_policy.h.
enum class FailureKind { error, signal, out_of_memory, nan, hang, device };

struct Failure {
    FailureKind kind = FailureKind::error;
    std::string message;
    int signal = 0;  ///< 0: none
    int slot = -1;   ///< of a device's failure: on which of the trial's slots; -1: not known
};

/// Failures of a trial, by kind.
using FailureCounts = std::map<FailureKind, int>;

/// Returns the kind a word names (names.h has the words). A word of a later version counts as error, which is not retried.
FailureKind failure_kind(std::string_view word);

void to_json(nlohmann::json& json, FailureKind kind);
void from_json(const nlohmann::json& json, FailureKind& kind);
void to_json(nlohmann::json& json, const Failure& failure);
void from_json(const nlohmann::json& json, Failure& failure);  ///< throws Error

}  // namespace attnsweep::configs
