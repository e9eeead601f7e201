#pragma once

#include <string>
#include <string_view>

namespace attnsweep::reports {

/// Names come from strangers' folders: each of these makes one harmless where it is going to stand.

/// Escapes text for a cell of a Markdown table.
std::string markdown_escaped(std::string_view text);
/// Returns a CSV field, quoted if RFC 4180 requires it; text that a spreadsheet would run as a formula gets a leading
/// apostrophe.
std::string csv_field(std::string_view text, bool is_number);
/// Returns a gnuplot string constant, quotes included; to be shown with `noenhanced`.
std::string gnuplot_string(std::string_view text);
/// Returns a gnuplot string constant for a tic label, where gnuplot would interpret % as a number format.
std::string gnuplot_tic(std::string_view text);
/// Escapes text for HTML, as content and in attributes with quotes of either kind.
std::string html_escaped(std::string_view text);
/// Escapes text for LaTeX, also for a plain document class without packages. Letters that not every font has become
/// [U+4E2D]. At the start of a table row put {} in front, since \\ and \midrule would take a bracket as their argument.
std::string latex_escaped(std::string_view text);

}  // namespace attnsweep::reports
