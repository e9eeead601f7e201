#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// text, markdown and latex are for people (a cell holds mean, deviation, the paper's value); csv and json have a column a number.
enum class Format { text, markdown, csv, latex, json };
Format format_from(const std::string& name);  ///< throws Error naming the known ones

/// Clips per class: train (validation included), test, total, and the paper's total where it names the class.
/// `split`: of the sweep's first done trial; without one only the totals are known, and a note says so.
Table table_one(const SweepSummary& results, const std::optional<store::SplitCounts>& split, Format format);
inline Table table_one(const store::SweepResults& results, const std::optional<store::SplitCounts>& split,
                       Format format)
{
    return table_one(summary_of(results), split, format);
}

/// One row a configuration: accuracy and the macro columns, mean and standard deviation over repeats, the paper's value
/// and the difference. Under it what one must know to read it.
Table table_two(const SweepSummary& results, Format format);
inline Table table_two(const store::SweepResults& results, Format format)
{
    return table_two(summary_of(results), format);
}

/// `name` labels it in LaTeX: table1.
std::string render(const Table& table, Format format, const std::string& name = "table");

/// The id within a page under which the trials of the sweep's n-th configuration (from 0) stand, and one trial's.
std::string configuration_anchor(std::size_t index);
std::string trial_anchor(const std::string& trial_id);

}  // namespace attnsweep::reports
