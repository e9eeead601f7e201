#pragma once

#include <string>
#include <vector>

namespace SQLite {
class Database;
}

/// The columns of configs::all_metrics() in `evaluations` and the views. Included inside store/ alone.
namespace attnsweep::store {

/// Returns the columns' names with commas between, each after `prefix`: "accuracy, precision_macro, ...".
std::string metric_columns(const std::string& prefix = {});

/// Returns a parameter for each of them: "?, ?, ...".
std::string metric_parameters();

/// Returns the metrics whose column `evaluations` lacks; none where there is no such table.
std::vector<std::string> missing_metrics(SQLite::Database& database);

/// Adds the columns that `evaluations` lacks, and computes them from each row's confusion matrix and predictions. What cannot be
/// computed is NULL: a published result has no matrix, a damaged one is found by `store verify`.
void add_missing_metrics(SQLite::Database& database);

/// Returns a view's text with each /*+ TEXT */ in it replaced by TEXT once for every metric, its name in place of METRIC.
std::string with_metrics(const std::string& sql, const std::vector<std::string>& metrics);

}  // namespace attnsweep::store
