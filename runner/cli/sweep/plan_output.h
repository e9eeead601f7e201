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
#include "store/reading/history.h"

namespace attnsweep::runner {

/// Space on the disk and work, of what remains.
struct Totals {
    std::size_t remaining = 0;
    std::int64_t kept_bytes = 0;     ///< after the end
    std::int64_t running_bytes = 0;  ///< of the largest, on top, for each that runs at once
    double most_flops = 0;           ///< when no trial stops early
    std::optional<std::int64_t> free_bytes;
    std::filesystem::path free_at;

    bool fits() const { return !free_bytes || kept_bytes + running_bytes <= *free_bytes; }
};

/// All that `plan` found out; the vectors are in the sweep's order.
struct Plan {
    configs::Sweep sweep;
    std::vector<model::Cost> costs;
    std::vector<std::int64_t> kept_bytes;
    std::vector<TrialOutlook> outlooks;
    std::vector<ExpectedDuration> durations;
    SlotsPlanned slots;
    TimePlanned time;
    Forecast forecast;
    Totals totals;
    std::optional<store::RevisionEntry> before;
    std::optional<Difference> difference;  ///< against `before`
};

/// What the store knows is left to run stands first, in the order of starting; then what waits, is done, is set aside.
reports::Table table_of(const Plan& plan);
nlohmann::json json_of(const Plan& plan);

}  // namespace attnsweep::runner
