#pragma once

#include <optional>
#include <string>

namespace attnsweep::reports {

/// A figure of the page: drawn, or a reason why not.
struct PageFigure {
    std::string name;         ///< of its files without extension, and its id
    std::string caption;      ///< below it
    std::string description;  ///< for who cannot see it: what it says, in words
    std::string svg;          ///< gnuplot's; empty: not drawn
};

/// Writes a figure as HTML, its SVG inline, the caption below; `otherwise` as a paragraph where there is none.
std::string figure_html(const std::optional<PageFigure>& figure, const std::string& otherwise);

}  // namespace attnsweep::reports
