#include "reports/tables/anchors.h"

#include <fmt/format.h>

namespace attnsweep::reports {

std::string configuration_anchor(std::size_t index)
{
    return fmt::format("configuration-{}", index + 1);
}

std::string trial_anchor(const std::string& trial_id)
{
    return "trial-" + trial_id;
}

}  // namespace attnsweep::reports
