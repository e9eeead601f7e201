#include "runner/rank/publish_times.h"

#include <algorithm>
#include <cstdlib>

namespace attnsweep::runner {

PublishTimes::Clock::duration PublishTimes::every()
{
    const char* named = std::getenv("ATTNSWEEP_PUBLISH_EVERY_S");
    const double seconds = named != nullptr ? std::atof(named) : 0;
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds > 0 ? seconds : 10));
}

void PublishTimes::changed(bool has_result, Clock::time_point now)
{
    const Clock::time_point wish = has_result ? now : now + every_;
    due_ = due_ ? std::min(*due_, wish) : wish;
}

void PublishTimes::published(Clock::time_point began, Clock::time_point ended)
{
    due_.reset();
    not_before_ = ended + (share - 1) * (ended - began);
}

std::optional<PublishTimes::Clock::time_point> PublishTimes::due() const
{
    return due_ ? std::optional(std::max(*due_, not_before_)) : std::nullopt;
}

}  // namespace attnsweep::runner
