#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "store/reading/query.h"

namespace attnsweep::reports {

enum class QueryFormat { table, csv, json, jsonl };
QueryFormat query_format_from(const std::string& name);  ///< throws Error naming the known ones

/// Runs and writes; csv, json and jsonl as rows come. Returns the number of rows. A table is made to fit into `width` columns where
/// that is above 0: text that is too long ends in an ellipsis, numbers stay whole.
std::int64_t write_query(const store::Store& store, const store::Query& query, QueryFormat format, std::ostream& out,
                         int width = 0);

}  // namespace attnsweep::reports
