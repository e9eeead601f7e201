#include "reports/tables/table_one.h"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "reports/analysis/statistics.h"
#include "reports/tables/table_notes.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

namespace {

std::string count_or_dash(std::optional<std::int64_t> count)
{
    return count ? std::to_string(*count) : not_known;
}

/// Clips of one class here and in the paper.
struct ClassRow {
    std::string name;
    std::optional<std::int64_t> train, test, total;
    std::optional<store::PaperClass> paper;
};

std::vector<ClassRow> class_rows(const SweepSummary& results, const std::optional<store::SplitCounts>& split)
{
    std::vector<ClassRow> rows;
    const std::vector<std::string>& classes = split ? split->classes : results.data.classes;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        ClassRow row{classes[i], {}, {}, {}, store::paper_class(classes[i])};
        if (split && i < split->train_clips_per_class.size() && i < split->test_clips_per_class.size()) {
            row.train = split->train_clips_per_class[i];
            row.test = split->test_clips_per_class[i];
            row.total = *row.train + *row.test;
        } else if (i < results.data.clips_per_class.size()) {
            row.total = results.data.clips_per_class[i];
        }
        rows.push_back(row);
    }
    return rows;
}

ClassRow sum_of(const std::vector<ClassRow>& rows)
{
    ClassRow sum{"total", {}, {}, {}, store::PaperClass{"total", 0, 0, 0}};
    for (const ClassRow& row : rows) {
        if (row.train) {
            sum.train = sum.train.value_or(0) + *row.train;
        }
        if (row.test) {
            sum.test = sum.test.value_or(0) + *row.test;
        }
        if (row.total) {
            sum.total = sum.total.value_or(0) + *row.total;
        }
        if (row.paper && sum.paper) {
            sum.paper = store::PaperClass{"total", sum.paper->train + row.paper->train,
                                          sum.paper->test + row.paper->test, sum.paper->total + row.paper->total};
        }
    }
    return sum;
}

}  // namespace

Table table_one(const SweepSummary& results, const std::optional<store::SplitCounts>& split, Format format)
{
    const bool is_csv = format == Format::csv || format == Format::json;
    Table table;
    table.title =
        (results.beside_paper ? "Table I. Clips" : "Clips") + std::string(" per class of sweep ") + results.sweep.name;
    table.columns = {{"class", false}, {"train"}, {"test"}, {"total"}};
    std::vector<ClassRow> rows = class_rows(results, split);
    bool any_in_paper = false;
    for (const ClassRow& row : rows) {
        any_in_paper = results.beside_paper && (any_in_paper || row.paper.has_value());
    }
    const bool has_paper = any_in_paper || (is_csv && results.beside_paper);
    if (has_paper) {
        for (const char* title : {"paper train", "paper test", "paper total"}) {
            table.columns.push_back({is_csv ? "paper_" + std::string(title).substr(6) : title});
        }
    }
    if (format == Format::text || format == Format::latex) {
        table.rules_before.push_back(rows.size());
    }
    rows.push_back(sum_of(rows));
    const std::string none = is_csv ? "" : not_known;
    for (const ClassRow& row : rows) {
        const auto count = [&](std::optional<std::int64_t> value) {
            return number_cell(value ? count_or_dash(value) : none);
        };
        std::vector<Cell> cells{text_cell(row.name), count(row.train), count(row.test), count(row.total)};
        if (has_paper) {
            cells.push_back(count(row.paper ? std::optional(row.paper->train) : std::nullopt));
            cells.push_back(count(row.paper ? std::optional(row.paper->test) : std::nullopt));
            cells.push_back(count(row.paper ? std::optional(row.paper->total) : std::nullopt));
        }
        table.rows.push_back(cells);
    }
    if (split) {
        table.notes.push_back(fmt::format(
            "Train includes the {} validation clips. Counts are of the split of the sweep's first trial done "
            "({}).",
            split->validation_clips, split->digest.substr(0, 12)));
    } else {
        table.notes.emplace_back("No trial is done yet, so the split is not known: totals are the data set's.");
    }
    if (any_in_paper) {
        table.notes.emplace_back("The paper's total is over the classes listed here.");
    }
    for (const std::string& note : data_notes(results)) {
        table.notes.push_back(note);
    }
    table.notes.push_back(in_words(completeness_of(results)) + ".");
    return table;
}

}  // namespace attnsweep::reports
