#pragma once

#include <string>
#include <vector>

namespace attnsweep::reports {

/// A cell: a number of ours is written as it is; text may be a stranger's (a class, a label) and is made harmless in
/// each format.
struct Cell {
    std::string text;
    bool is_number = false;
    std::string link;  ///< the id it leads to within the page (HTML only); empty: none
};
inline Cell text_cell(std::string text)
{
    return {std::move(text), false, {}};
}
inline Cell number_cell(std::string text)
{
    return {std::move(text), true, {}};
}

/// What stands in a cell for people where a number is not known.
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
    std::vector<std::size_t> references;    ///< rows that stand beside the one above: the paper's values
    std::vector<std::string> notes;         ///< sentences under the table, one a line
    /// Places of the notes that stand open in HTML, where the others are folded away; empty: all stand open.
    std::vector<std::size_t> key_notes = {};
};

/// How the rows of a table stand as text: printable, padded, two blanks between columns, no blanks at the end. Widths are display
/// columns, one a column of the table; what is wider than its column pushes the rest to the right.
std::string text_header(const std::vector<Column>& columns, const std::vector<std::size_t>& widths);  ///< and a rule
std::string text_row(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                     const std::vector<Cell>& row);

/// UTF-8; two blanks between columns; notes wrapped at `width` columns.
std::string to_text(const Table& table, int width = 100);
/// GitHub's pipe table, notes as a list.
std::string to_markdown(const Table& table);
/// RFC 4180 with LF line ends and a header; no title, no notes. Text that a spreadsheet would run as a formula gets an
/// apostrophe in front.
std::string to_csv(const Table& table);

}  // namespace attnsweep::reports
