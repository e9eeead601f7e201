#pragma once

#include <string>
#include <string_view>

namespace attnsweep::reports {

/// Names come from strangers' folders: each of these makes one harmless where it is going to stand.

/// Valid UTF-8 on one line that moves no cursor and turns no writing direction: everything else becomes U+FFFD or a blank.
std::string printable(std::string_view text);
/// Inside a cell of a Markdown table.
std::string markdown_escaped(std::string_view text);
/// A CSV field, quoted where RFC 4180 asks for it; text a spreadsheet would run as a formula gets an apostrophe in front.
std::string csv_field(std::string_view text, bool is_number);
/// A gnuplot string constant, quotes included; to be shown with `noenhanced`.
std::string gnuplot_string(std::string_view text);
/// The same for a tic's label, which gnuplot takes for a number's format.
std::string gnuplot_tic(std::string_view text);
/// In HTML: as content and within quotes of either kind.
std::string html_escaped(std::string_view text);
/// In LaTeX's text, also where only a plain document class is loaded. Letters that not every font there has stand as [U+4E2D].
/// At the beginning of a table's row a {} has to go before, since \\ and \midrule take a bracket for theirs.
std::string latex_escaped(std::string_view text);

/// One word of a POSIX shell's, in single quotes, which leave nothing in it a meaning.
std::string shell_quoted(std::string_view text);

/// At most so many code points, the last of them an ellipsis where some are left out.
std::string shortened(std::string_view text, std::size_t most);

/// How many columns of a terminal the text takes: its code points.
std::size_t display_width(std::string_view text);

}  // namespace attnsweep::reports
