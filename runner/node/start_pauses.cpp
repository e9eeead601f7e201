#include "runner/node/start_pauses.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace attnsweep::runner {

namespace {

constexpr double longest_pause_s = 30, usual_patience_s = 120;

double named_patience_s()
{
    const char* named = std::getenv("ATTNSWEEP_START_PATIENCE_S");
    char* end = nullptr;
    const double seconds = named != nullptr ? std::strtod(named, &end) : 0;
    return named != nullptr && end != named && *end == '\0' && seconds >= 0 ? seconds : usual_patience_s;
}

}  // namespace

StartPauses::StartPauses() : StartPauses(named_patience_s()) {}

std::optional<double> StartPauses::next()
{
    if (left_s_ <= 0) {
        return std::nullopt;
    }
    const double pause_s = std::min(next_s_, left_s_);
    left_s_ -= pause_s;
    next_s_ = std::min(2 * next_s_, longest_pause_s);
    return pause_s;
}

bool tells_of_shortage(std::string_view words)
{
    constexpr std::array<std::string_view, 3> shortages = {"Resource temporarily unavailable", "Cannot allocate memory",
                                                           "Cannot fork"};
    return std::any_of(shortages.begin(), shortages.end(),
                       [&](std::string_view shortage) { return words.find(shortage) != std::string_view::npos; });
}

}  // namespace attnsweep::runner
