#pragma once

#include <chrono>
#include <optional>

namespace attnsweep::runner {

/// Decides when to publish a store (store/published_store.h): as soon as it has an unpublished result, else some seconds after
/// any other change, but so that publishing takes at most a tenth of the time. Has no clock: callers pass the time.
class PublishTimes {
public:
    using Clock = std::chrono::steady_clock;

    explicit PublishTimes(Clock::duration every) : every_(every) {}
    /// Returns ATTNSWEEP_PUBLISH_EVERY_S, by default 10 s.
    static Clock::duration every();

    void changed(bool has_result, Clock::time_point now);
    void published(Clock::time_point began, Clock::time_point ended);
    /// Returns when to publish next, or nothing if nothing has changed.
    std::optional<Clock::time_point> due() const;

private:
    static constexpr int share = 10;

    Clock::duration every_;
    std::optional<Clock::time_point> due_;
    Clock::time_point not_before_{};
};

}  // namespace attnsweep::runner
