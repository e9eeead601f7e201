#include "scheduler/deadline.h"

#include <algorithm>

namespace attnsweep::scheduler {

void Deadline::add(double first_checkpoint_s)
{
    first_checkpoint_s_.push_back(first_checkpoint_s);
    least_first_checkpoint_s_ = std::min(least_first_checkpoint_s_, first_checkpoint_s);
}

void Deadline::change(std::size_t configuration, double first_checkpoint_s)
{
    first_checkpoint_s_[configuration] = first_checkpoint_s;
    least_first_checkpoint_s_ = std::min(least_first_checkpoint_s_, first_checkpoint_s);
}

void Deadline::started_after(double startup_s)
{
    startup_s_ = std::max(startup_s_, startup_s);
}

bool Deadline::permits(std::size_t configuration, double now_s) const
{
    return now_s + startup_s_ + first_checkpoint_s_[configuration] <= drains_at_s_;
}

}  // namespace attnsweep::scheduler
