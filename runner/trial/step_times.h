#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "runner/trial/steady_clock.h"

namespace attnsweep::runner {

/// Adds up where a trial's time goes, in this process, by the host's clock. Used by one thread.
class StepTimes {
public:
    enum class Part { step, data, checkpoints, validation, test };

    /// Runs `action`, adds its duration to `part`, and returns what it returns.
    template <typename Action> auto measure(Part part, const Action& action)
    {
        const Measuring measuring(seconds_[static_cast<std::size_t>(part)]);
        return action();
    }

    /// Adds the parts of a step that model::StepResult tells.
    void add_step(double forward_s, double backward_s, double optimizer_s);

    bool has_steps() const { return steps_ > 0; }

    /// Returns, on one line, what an average step took by part, and what the trial took in all for steps, checkpoints, validation
    /// and test. `on_gpu`: says what the host's times mean there.
    std::string text(bool on_gpu) const;

private:
    class Measuring {
    public:
        explicit Measuring(double& seconds) : seconds_(seconds) {}
        ~Measuring() { seconds_ += seconds_since(begin_); }
        Measuring(const Measuring&) = delete;
        Measuring& operator=(const Measuring&) = delete;

    private:
        double& seconds_;
        Clock::time_point begin_ = Clock::now();
    };

    double of(Part part) const { return seconds_[static_cast<std::size_t>(part)]; }

    std::array<double, 5> seconds_{};
    double forward_s_ = 0, backward_s_ = 0, optimizer_s_ = 0;
    std::int64_t steps_ = 0;
};

}  // namespace attnsweep::runner
