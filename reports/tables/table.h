#pragma once

#include <optional>
#include <string>
#include <vector>

namespace attnsweep::reports {

/// A cell. A number is written unchanged; text may come from a data set (a class, a label) and is escaped for each
/// format.
struct Cell {
    std::string text;
    bool is_number = false;
    std::string link;  ///< the id it links to within the page (HTML only); empty: none
};
inline Cell text_cell(std::string text)
{
    return {std::move(text), false, {}};
}
inline Cell number_cell(std::string text)
{
    return {std::move(text), true, {}};
}

/// The content of a cell for people if the number is not known.
inline constexpr const char* not_known = "–";

struct Column {
    std::string title;
    bool align_right = true;
};

/// A table ready to be written in any format.
struct Table {
    std::string title;
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
    std::vector<std::size_t> rules_before;  ///< row indices that get a line above (not in Markdown, CSV, JSON)
    std::vector<std::size_t> references;    ///< rows that belong to the row above: the paper's values
    std::vector<std::string> notes;         ///< sentences under the table, one a line
    /// Indices of the notes that are always visible in HTML, the others being collapsed; empty: all are visible.
    std::vector<std::size_t> key_notes = {};
    std::optional<std::size_t> baseline =
        {};  ///< the row that compares with no model: it stays last where rows are sorted
};

/// Formats a row of a table as text: printable, padded, two blanks between columns, no trailing blanks. `widths`:
/// display columns, one entry per column; wider content pushes the rest to the right.
std::string text_header(const std::vector<Column>& columns, const std::vector<std::size_t>& widths);  ///< and a rule
std::string text_row(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                     const std::vector<Cell>& row);

/// Renders UTF-8 text; two blanks between columns; notes wrapped at `width` columns.
std::string to_text(const Table& table, int width = 100);
/// Renders GitHub's pipe table, with notes as a list.
std::string to_markdown(const Table& table);
/// Renders CSV: RFC 4180 with LF line ends and a header; no title, no notes. Text that a spreadsheet would run as a
/// formula gets a leading apostrophe.
std::string to_csv(const Table& table);

}  // namespace attnsweep::reports
