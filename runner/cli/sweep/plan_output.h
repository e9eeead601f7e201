#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/sweep.h"
#include "model/cost.h"
#include "reports/tables/table.h"
#include "runner/planning/forecast.h"
#include "runner/planning/sweep_difference.h"
#include "runner/planning/time_limit.h"
#include "store/reading/history.h"

namespace attnsweep::runner {

/// Sums up the disk space and the work of the trials left to run.
struct Totals {
    std::size_t remaining = 0;
    std::int64_t kept_bytes = 0;     ///< on disk after the end
    std::int64_t running_bytes = 0;  ///< on top while they run: the largest trial's, for each that runs at once
    double most_flops = 0;           ///< if no trial stops early
    std::optional<std::int64_t> free_bytes;
    std::filesystem::path free_at;

    bool fits() const { return !free_bytes || kept_bytes + running_bytes <= *free_bytes; }
};

/// Holds the results of `plan`; the vectors are in the sweep's order.
struct Plan {
    configs::Sweep sweep;
    std::vector<model::Cost> costs;
    std::vector<std::int64_t> kept_bytes;
    std::vector<scheduler::Memory>
        memory;  ///< by which the trials are placed until one of their configuration is measured
    std::vector<TrialOutlook> outlooks;
    std::vector<ExpectedDuration> durations;
    SlotsPlanned slots;
    TimePlanned time;
    JobTime limit;          ///< what `time` is from
    std::string too_short;  ///< why no trial can start within the limit; empty: one can
    Forecast forecast;
    Totals totals;
    std::optional<store::RevisionEntry> before;
    std::optional<Difference> difference;      ///< against `before`
    std::vector<std::string> missing_classes;  ///< sentences of SplitCheck::refuse_empty
    std::string around_epochs;                 ///< DurationModel::around_epochs_in_words
    std::string speed;                         ///< DurationModel::speed_in_words; empty: each trial is on one device
};

/// Of a sweep of more trials, `plan` lists the configurations alone, unless asked for all.
inline constexpr std::size_t most_trials_listed = 40;

/// Lists the trials: those left to run in the order of starting, then those that wait for import, are given up, or are done.
/// Without `each_trial`, lists the configurations in the order in which their first trials start, with the trials counted.
reports::Table table_of(const Plan& plan, bool each_trial = true);
nlohmann::json json_of(const Plan& plan);

}  // namespace attnsweep::runner
