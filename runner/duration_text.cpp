#include "runner/duration_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace attnsweep::runner {

std::string duration_text(double seconds)
{
    const double whole = std::round(std::max(seconds, 0.0));
    if (whole < 60) {
        return fmt::format("{:.0f} s", whole);
    }
    const auto minutes = static_cast<long long>(std::min(whole, 1e15) + 30) / 60;
    if (whole < 3600) {
        return fmt::format("{} min", minutes);
    }
    if (minutes < 48LL * 60) {
        return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
    }
    return fmt::format("{} d {:02} h", minutes / 1440, minutes % 1440 / 60);
}

}  // namespace attnsweep::runner
