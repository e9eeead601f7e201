#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "store/reading/query.h"

namespace attnsweep::reports {

enum class QueryFormat { table, csv, json, jsonl };
QueryFormat query_format_from(const std::string& name);  ///< throws Error naming the known ones

/// Runs a query and writes its rows to `out`; csv, json and jsonl as they are read. Returns the number of rows. A table
/// is fitted into `width` columns if that is above 0: long text ends in an ellipsis, numbers are never cut. Throws
/// Error.
std::int64_t write_query(const store::Store& store, const store::Query& query, QueryFormat format, std::ostream& out,
                         int width = 0);

}  // namespace attnsweep::reports
