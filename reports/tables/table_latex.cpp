#include "reports/tables/table_latex.h"

#include <algorithm>

#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

/// LaTeX numbers its tables itself: "Table II. Test metrics" -> "Test metrics".
std::string caption_of(const std::string& title)
{
    const std::size_t end = title.find(". ");
    return title.starts_with("Table ") && end != std::string::npos && end <= 12 ? title.substr(end + 2) : title;
}

}  // namespace

std::string to_latex(const Table& table, const std::string& label)
{
    std::string out = "\\begin{table}\n\\centering\n\\caption{" + latex_escaped(caption_of(table.title)) +
                      "}\n\\label{tab:" + label + "}\n\\begin{tabular}{@{}";
    for (const Column& column : table.columns) {
        out += column.align_right ? "r" : "l";
    }
    out += "@{}}\n\\toprule\n";
    const auto line = [&](const auto& cells, const auto& text_of) {
        std::string text = "{}";
        bool is_first = true;
        for (const auto& cell : cells) {
            text += (is_first ? "" : " & ") + latex_escaped(text_of(cell));
            is_first = false;
        }
        out += text + " \\\\\n";
    };
    line(table.columns, [](const Column& column) { return column.title; });
    out += "\\midrule\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        if (std::find(table.rules_before.begin(), table.rules_before.end(), r) != table.rules_before.end()) {
            out += "\\midrule\n";
        }
        line(table.rows[r], [](const Cell& cell) { return cell.text; });
    }
    out += "\\bottomrule\n\\end{tabular}\n";
    for (const std::string& note : table.notes) {
        out +=
            "\n\\smallskip\n\\begin{minipage}{\\linewidth}\\footnotesize " + latex_escaped(note) + "\\end{minipage}\n";
    }
    return out + "\\end{table}\n";
}

}  // namespace attnsweep::reports
