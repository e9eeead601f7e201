#pragma once

#include <string>
#include <string_view>

namespace attnsweep::reports {

/// Names come from strangers' folders: each of these makes one harmless where it is going to stand.

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

}  // namespace attnsweep::reports
