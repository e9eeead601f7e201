#pragma once

#include <string>

namespace attnsweep::reports {

/// Converts gnuplot's SVG for inlining into a page: without prologue and titles, ids prefixed with `name`, colours as
/// the page's variables (--paper, --ink, --axis, --grid, --quiet, --s0 ... --s7) so that they follow light and dark
/// mode. `description` is the text for screen readers. Returns "" if `svg` is not an SVG.
std::string inline_svg(const std::string& svg, const std::string& name, const std::string& description);

}  // namespace attnsweep::reports
