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

std::string to_html(const Table& table, const std::string& id)
{
    // The box can be reached by Tab, so that arrow keys scroll what is wider than the page.
    std::string out = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"" + id +
                      "-caption\">\n<table id=\"" + id + "\">\n<caption id=\"" + id + "-caption\">" +
                      html_escaped(table.title) + "</caption>\n<thead><tr>";
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
        out += kinds.empty() ? "<tr>" : "<tr class=\"" + kinds + "\">";
        for (std::size_t i = 0; i < table.rows[r].size(); ++i) {
            out += cell_html(table.rows[r][i], table.columns[i], i == 0);
        }
        out += "</tr>\n";
    }
    out += "</tbody>\n</table>\n</div>\n";
    if (table.notes.empty()) {
        return out;
    }
    out += "<ul class=\"notes\">\n";
    for (const std::string& note : table.notes) {
        out += "<li>" + html_escaped(note) + "</li>\n";
    }
    return out + "</ul>\n";
}

}  // namespace attnsweep::reports
