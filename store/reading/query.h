#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/reading/value.h"
#include "store/store.h"

namespace attnsweep::store {

/// A question over the view trial_overview: one row a trial and sweep.
struct Query {
    std::vector<std::string> sweeps;   ///< empty: all
    std::string where;                 ///< an SQL condition over the columns; empty: all
    std::vector<std::string> sort;     ///< columns; "-accuracy" is descending; empty: the sweep's order
    std::vector<std::string> columns;  ///< empty: default_columns()
    std::int64_t limit = 0;            ///< 0: none
    std::string sql;                   ///< a SELECT of one's own over every table and view, instead of all of the above
    double time_limit_s = 0;           ///< it is stopped after so long; 0: never
};

/// Runs it on a connection that compiles nothing but SELECT and functions: ATTACH, PRAGMA, anything that writes, and functions that
/// reach files are refused by name. Rows are handed over one by one: `sink` gets the values in the order of the columns returned.
/// Throws Error (bad_query): a wrong column names the nearest and all known, a wrong table all tables; a time limit that has passed.
std::vector<std::string> run_query(const Store& store, const Query& query,
                                   const std::function<void(const std::vector<Value>&)>& sink);

/// Columns of trial_overview, in its order.
std::vector<std::string> known_columns(const Store& store);
std::vector<std::string> default_columns();

/// The columns that a query gives. Throws as run_query.
std::vector<std::string> columns_of(const Store& store, const Query& query);

}  // namespace attnsweep::store
