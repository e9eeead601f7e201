#pragma once

#include <cstdint>
#include <string>

#include "reports/tables/table.h"
#include "runner/cli/sweep/plan_output.h"

namespace attnsweep::runner {

/// Returns a whole number with commas: 65,692,403.
std::string grouped(std::int64_t number);

/// Returns a number of bytes as people say it: "526 MB".
std::string in_bytes(std::int64_t bytes);

// The rows of table_of(), without title and notes.

reports::Table table_of_trials(const Plan& plan);
reports::Table table_of_configurations(const Plan& plan);

}  // namespace attnsweep::runner
