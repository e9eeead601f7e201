#include "reports/tables/table.h"
#include "configs/printable.h"

#include <algorithm>

#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

std::string padded(const std::string& text, std::size_t width, bool align_right)
{
    const std::string blanks(width - std::min(width, configs::display_width(text)), ' ');
    return align_right ? blanks + text : text + blanks;
}

void trim_right(std::string& line)
{
    line.erase(line.find_last_not_of(' ') + 1);
}

std::string text_rule(const std::vector<std::size_t>& widths)
{
    std::size_t total = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        total += widths[i] + (i == 0 ? 0 : 2);
    }
    return std::string(total, '-') + "\n";
}

/// Words put on lines no longer than `width`; the first begins with `bullet`, the others under its text.
std::string wrapped(const std::string& text, const std::string& bullet, int width)
{
    std::string out = bullet;
    std::size_t used = configs::display_width(bullet);
    const std::string indent(used, ' ');
    bool line_is_empty = true;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        if (!line_is_empty && used + 1 + configs::display_width(word) > static_cast<std::size_t>(width)) {
            out += "\n" + indent;
            used = indent.size();
            line_is_empty = true;
        }
        out += (line_is_empty ? "" : " ") + word;
        used += (line_is_empty ? 0 : 1) + configs::display_width(word);
        line_is_empty = false;
        at = end + 1;
    }
    return out + "\n";
}

}  // namespace

std::string text_header(const std::vector<Column>& columns, const std::vector<std::size_t>& widths)
{
    std::vector<Cell> titles;
    titles.reserve(columns.size());
    for (const Column& column : columns) {
        titles.push_back(text_cell(column.title));
    }
    return text_row(columns, widths, titles) + text_rule(widths);
}

std::string text_row(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                     const std::vector<Cell>& row)
{
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        line += (i == 0 ? "" : "  ") + padded(configs::printable(row[i].text), widths[i], columns[i].align_right);
    }
    trim_right(line);
    return line + "\n";
}

std::string to_text(const Table& table, int width)
{
    std::vector<std::size_t> widths;
    for (const Column& column : table.columns) {
        widths.push_back(configs::display_width(configs::printable(column.title)));
    }
    for (const std::vector<Cell>& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], configs::display_width(configs::printable(row[i].text)));
        }
    }
    std::string out = table.title.empty() ? "" : configs::printable(table.title) + "\n\n";
    out += text_header(table.columns, widths);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        if (std::find(table.rules_before.begin(), table.rules_before.end(), r) != table.rules_before.end()) {
            out += text_rule(widths);
        }
        out += text_row(table.columns, widths, table.rows[r]);
    }
    if (!table.notes.empty()) {
        out += "\n";
    }
    for (const std::string& note : table.notes) {
        out += wrapped(configs::printable(note), "  ", width);
    }
    return out;
}

std::string to_markdown(const Table& table)
{
    std::string out = table.title.empty() ? "" : "### " + markdown_escaped(table.title) + "\n\n";
    std::string header = "|", rule = "|";
    for (const Column& column : table.columns) {
        header += " " + markdown_escaped(column.title) + " |";
        rule += column.align_right ? " ---: |" : " --- |";
    }
    out += header + "\n" + rule + "\n";
    for (const std::vector<Cell>& row : table.rows) {
        out += "|";
        for (const Cell& cell : row) {
            out += " " + (cell.is_number ? cell.text : markdown_escaped(cell.text)) + " |";
        }
        out += "\n";
    }
    if (!table.notes.empty()) {
        out += "\n";
    }
    for (const std::string& note : table.notes) {
        out += "- " + markdown_escaped(note) + "\n";
    }
    return out;
}

std::string to_csv(const Table& table)
{
    std::string out;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        out += (i == 0 ? "" : ",") + csv_field(table.columns[i].title, false);
    }
    out += "\n";
    for (const std::vector<Cell>& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += (i == 0 ? "" : ",") + csv_field(row[i].text, row[i].is_number);
        }
        out += "\n";
    }
    return out;
}

}  // namespace attnsweep::reports
