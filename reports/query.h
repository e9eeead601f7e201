#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "reports/store.h"

namespace attnsweep::reports {

/// A question over the view trial_overview: one row a trial and sweep.
struct Query {
    std::string sweep;                 ///< empty: all
    std::string where;                 ///< an SQL condition over the columns; empty: all
    std::vector<std::string> sort;     ///< columns; "-accuracy" is descending; empty: the sweep's order
    std::vector<std::string> columns;  ///< empty: default_columns()
    std::int64_t limit = 0;            ///< 0: none
};

/// An SQL value: nothing, whole number, number, text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// Runs it on a read-only connection that answers nothing but SELECT; rows are handed over one by one. `sink` gets the
/// values in the order of the columns returned. Throws Error (bad_query): a wrong column names the nearest and all known.
std::vector<std::string> run_query(const Store& store, const Query& query,
                                   const std::function<void(const std::vector<Value>&)>& sink);

/// Columns of trial_overview, in its order.
std::vector<std::string> known_columns(const Store& store);
std::vector<std::string> default_columns();

enum class QueryFormat { table, csv, json, jsonl };
QueryFormat query_format_from(const std::string& name);  ///< throws Error naming the known ones

/// Runs and writes; csv, json and jsonl as rows come. Returns the number of rows.
std::int64_t write_query(const Store& store, const Query& query, QueryFormat format, std::ostream& out);

}  // namespace attnsweep::reports
