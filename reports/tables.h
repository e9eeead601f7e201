#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/results.h"
#include "reports/table.h"

namespace attnsweep::reports {

/// text and markdown are for people (a cell holds mean, deviation, the paper's value); csv has a column a number.
enum class Format { text, markdown, csv };
Format format_from(const std::string& name);  ///< throws Error naming the known ones

/// Clips per class: train (validation included), test, total, and the paper's total where it names the class.
/// `split`: of the sweep's first done trial; without one only the totals are known, and a note says so.
Table table_one(const SweepResults& results, const std::optional<SplitCounts>& split, Format format);

/// One row a configuration: accuracy and the macro columns, mean and standard deviation over repeats, the paper's value
/// and the difference. Under it what one must know to read it.
Table table_two(const SweepResults& results, Format format);

std::string render(const Table& table, Format format);

}  // namespace attnsweep::reports
