#include "reports/tables/table_html.h"

#include <algorithm>

#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

bool contains(const std::vector<std::size_t>& rows, std::size_t row)
{
    return std::find(rows.begin(), rows.end(), row) != rows.end();
}

std::string cell_html(const Cell& cell, const Column& column, bool is_heading)
{
    const std::string text = html_escaped(cell.text);
    const std::string open = is_heading ? "<th scope=\"row\"" : "<td";
    return open + (column.align_right ? " class=\"n\">" : ">") +
           (cell.link.empty() || text.empty() ? text
                                              : "<a href=\"#" + html_escaped(cell.link) + "\">" + text + "</a>") +
           (is_heading ? "</th>" : "</td>");
}

}  // namespace

std::string to_html(const Table& table, const std::string& id, bool sortable)
{
    // The box can be reached by Tab, so that arrow keys scroll what is wider than the page.
    std::string out = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"" + id +
                      "-caption\">\n<table id=\"" + id + (sortable ? "\" class=\"sortable" : "") +
                      "\">\n<caption id=\"" + id + "-caption\">" + html_escaped(table.title) +
                      "</caption>\n<thead><tr>";
    for (const Column& column : table.columns) {
        out += std::string("<th scope=\"col\"") + (column.align_right ? " class=\"n\">" : ">") +
               html_escaped(column.title) + "</th>";
    }
    out += "</tr></thead>\n<tbody>\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        std::string kinds;
        if (contains(table.rules_before, r)) {
            kinds = "rule";
        }
        if (contains(table.references, r)) {
            kinds += kinds.empty() ? "reference" : " reference";
        }
        if (table.baseline == r) {
            kinds += kinds.empty() ? "baseline" : " baseline";
        }
        out += kinds.empty() ? "<tr>" : "<tr class=\"" + kinds + "\">";
        for (std::size_t i = 0; i < table.rows[r].size(); ++i) {
            out += cell_html(table.rows[r][i], table.columns[i], i == 0);
        }
        out += "</tr>\n";
    }
    out += "</tbody>\n</table>\n</div>\n";
    const auto list_of = [&](bool open) {
        std::string items;
        for (std::size_t i = 0; i < table.notes.size(); ++i) {
            if ((table.key_notes.empty() || contains(table.key_notes, i)) == open) {
                items += "<li>" + html_escaped(table.notes[i]) + "</li>\n";
            }
        }
        return items.empty() ? items : "<ul class=\"notes\">\n" + items + "</ul>\n";
    };
    out += list_of(true);
    const std::string folded = list_of(false);
    return folded.empty() ? out
                          : out + "<details><summary>" + std::to_string(table.notes.size() - table.key_notes.size()) +
                                " more notes on this table</summary>\n" + folded + "</details>\n";
}

}  // namespace attnsweep::reports
