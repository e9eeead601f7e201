#pragma once

#include <chrono>
#include <optional>

namespace attnsweep::runner {

/// When a store is to be published (store/published_store.h): as soon as it holds a result that is not, else some seconds
/// after anything else changed; but so that publishing takes at most a tenth of the time. Without a clock of its own.
class PublishTimes {
public:
    using Clock = std::chrono::steady_clock;

    explicit PublishTimes(Clock::duration every) : every_(every) {}
    /// ATTNSWEEP_PUBLISH_EVERY_S, by default 10.
    static Clock::duration every();

    void changed(bool has_result, Clock::time_point now);
    void published(Clock::time_point began, Clock::time_point ended);
    /// Nothing: nothing has changed.
    std::optional<Clock::time_point> due() const;

private:
    static constexpr int share = 10;

    Clock::duration every_;
    std::optional<Clock::time_point> due_;
    Clock::time_point not_before_{};
};

}  // namespace attnsweep::runner
