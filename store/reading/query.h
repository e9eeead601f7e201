#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/reading/sweeps.h"
#include "store/reading/value.h"
#include "store/store.h"

namespace attnsweep::store {

/// A query over the view trial_overview, which has one row per trial and sweep; of each sweep the newest revision's trials, of
/// NAME@N those of that revision.
struct Query {
    std::vector<std::string> sweeps;  ///< names as of find_sweep(), or comma-separated lists of them; empty: all
    Revisions revisions = Revisions::newest;
    // Columns, and settings of a sweep file, which are read from `spec` (setting_names.h).
    std::string where;                 ///< an SQL condition over them; empty: all
    std::vector<std::string> sort;     ///< "-accuracy" is descending; empty: the sweep's order
    std::vector<std::string> columns;  ///< empty: default_columns() (default_columns.h)
    std::int64_t limit = 0;            ///< 0: none
    std::string sql;                   ///< the user's own SELECT over any table and view; replaces all of the above
    bool with_hidden = false;          ///< also hidden trials and sweeps
    double time_limit_s = 0;           ///< the query is aborted after this time; 0: no limit
};

/// Runs a query on a connection that accepts nothing but SELECT and functions: ATTACH, PRAGMA, anything that writes,
/// and functions that access files are refused by name. Calls `sink` once per row with the values in column order.
/// Returns the column names. Throws Error (bad_query): for an unknown column it names the nearest and all known ones,
/// for an unknown table all tables; also when the time limit has passed.
std::vector<std::string> run_query(const Store& store, const Query& query,
                                   const std::function<void(const std::vector<Value>&)>& sink);

/// Returns the columns of trial_overview, in order.
std::vector<std::string> known_columns(const Store& store);

/// Returns the columns that the query will return. Throws like run_query().
std::vector<std::string> columns_of(const Store& store, const Query& query);

}  // namespace attnsweep::store
