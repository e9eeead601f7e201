#pragma once

#include <string>
#include <vector>

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's name
class Database;
}

/// The columns of configs::all_metrics() in `evaluations` and the views. Included only inside store/.
namespace attnsweep::store {

/// Returns the comma-separated column names, each with `prefix`: "accuracy, precision_macro, ...".
std::string metric_columns(const std::string& prefix = {});

/// Returns one SQL parameter per metric: "?, ?, ...".
std::string metric_parameters();

/// Returns the metrics that have no column in `evaluations`; none if there is no such table.
std::vector<std::string> missing_metrics(SQLite::Database& database);

/// Adds the missing columns to `evaluations` and computes them from each row's confusion matrix and predictions. Values that cannot be
/// computed are NULL: published results have no matrix; damaged ones are reported by `store verify`.
void add_missing_metrics(SQLite::Database& database);

/// Returns a view's SQL in which each /*+ TEXT */ is replaced by TEXT repeated for every metric, with METRIC replaced by its name.
std::string with_metrics(const std::string& sql, const std::vector<std::string>& metrics);

}  // namespace attnsweep::store
