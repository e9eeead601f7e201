#pragma once

#include <cstddef>
#include <string>

namespace attnsweep::reports {

/// Where the frames of a figure's panels lie: at most three beside each other.
struct PanelGrid {
    std::size_t columns, rows;
    int width_px, height_px;  ///< of the figure

    /// `between_px`: what stands between two rows of panels, their titles and the labels of their axes; `shares_y`: only the first
    /// panel of a row has numbers at its left; `top_px`: room for a legend and the first row's titles.
    explicit PanelGrid(std::size_t panels, double between_px = 90, bool shares_y = true, double top_px = 84);

    /// Returns gnuplot's commands for the margins of the n-th panel, from 0.
    std::string margins(std::size_t panel) const;

private:
    double between_px_, gap_px_, top_px_;
};

}  // namespace attnsweep::reports
