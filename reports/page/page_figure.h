#pragma once

#include <optional>
#include <string>

namespace attnsweep::reports {

/// A figure of the page.
struct PageFigure {
    std::string name;         ///< file name without extension, also the id
    std::string caption;      ///< below it
    std::string description;  ///< text alternative: what the figure shows, in words
    std::string svg;          ///< as gnuplot wrote it; empty: not drawn
};

/// Renders a figure as HTML: the SVG inline, the caption below; `otherwise` as a paragraph if there is no figure.
std::string figure_html(const std::optional<PageFigure>& figure, const std::string& otherwise);

}  // namespace attnsweep::reports
