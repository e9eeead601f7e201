#include "reports/page/page_figure.h"

#include "reports/figures/inline_svg.h"
#include "reports/tables/escaping.h"

namespace attnsweep::reports {

std::string figure_html(const std::optional<PageFigure>& figure, const std::string& otherwise)
{
    if (!figure || figure->svg.empty()) {
        return "<p class=\"soft\">" + html_escaped(otherwise) + "</p>\n";
    }
    return "<figure id=\"figure-" + figure->name + "\">\n" +
           inline_svg(figure->svg, figure->name, figure->description) + "<figcaption>" + html_escaped(figure->caption) +
           "</figcaption>\n</figure>\n";
}

}  // namespace attnsweep::reports
