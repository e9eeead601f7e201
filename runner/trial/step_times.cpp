#include "runner/trial/step_times.h"

#include <algorithm>
#include <cstdio>

namespace attnsweep::runner {

void StepTimes::add_step(double forward_s, double backward_s, double optimizer_s)
{
    ++steps_;
    forward_s_ += forward_s;
    backward_s_ += backward_s;
    optimizer_s_ += optimizer_s;
}

std::string StepTimes::text(bool on_gpu) const
{
    const auto ms = [this](double seconds) {
        return 1000 * seconds / static_cast<double>(std::max(steps_, std::int64_t{1}));
    };
    const double rest_s = of(Part::step) - of(Part::data) - forward_s_ - backward_s_ - optimizer_s_;
    char text[320];
    std::snprintf(text, sizeof text,
                  "an average step of %.1f ms (%lld steps): data %.1f ms, forward %.1f ms, backward %.1f ms, optimizer "
                  "%.1f ms, the rest %.1f ms; in all: steps %.1f s, checkpoints %.1f s, validation %.1f s, test %.1f s",
                  ms(of(Part::step)), static_cast<long long>(steps_), ms(of(Part::data)), ms(forward_s_),
                  ms(backward_s_), ms(optimizer_s_), ms(std::max(rest_s, 0.0)), of(Part::step), of(Part::checkpoints),
                  of(Part::validation), of(Part::test));
    return std::string(text) +
           (on_gpu ? "; these are the host's times: on a GPU work is only queued, and the wait for it is in "
                     "what reads a result next; `attnsweep trial --profile` separates them"
                   : "");
}

}  // namespace attnsweep::runner
