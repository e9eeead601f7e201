#include "reports/figures/panel_grid.h"

#include <algorithm>

#include <fmt/format.h>

namespace attnsweep::reports {

PanelGrid::PanelGrid(std::size_t panels, double between_px, bool shares_y, double top_px)
    : columns(std::min<std::size_t>(panels, 3)), rows((panels + columns - 1) / columns),
      width_px(columns == 1   ? 640
               : columns == 2 ? 900
                              : 1200),
      height_px(static_cast<int>(top_px) - 44 + static_cast<int>(rows) * 380), between_px_(between_px),
      gap_px_(shares_y ? 34 : 84), top_px_(top_px)
{
}

std::string PanelGrid::margins(std::size_t panel) const
{
    const double left_px = 76, right_px = 20, below_px = between_px_ - 28;
    const auto across = static_cast<double>(columns), down = static_cast<double>(rows);
    const double width = (width_px - left_px - right_px - gap_px_ * (across - 1)) / across;
    const double height = (height_px - top_px_ - below_px - between_px_ * (down - 1)) / down;
    const double left = left_px + static_cast<double>(panel % columns) * (width + gap_px_);
    const std::size_t row = panel / columns;
    const double top = height_px - top_px_ - static_cast<double>(row) * (height + between_px_);
    return fmt::format("set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\nset tmargin at screen "
                       "{:.4f}\nset bmargin at screen {:.4f}\n",
                       left / width_px, (left + width) / width_px, top / height_px, (top - height) / height_px);
}

}  // namespace attnsweep::reports
