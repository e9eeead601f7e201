#include "scheduler/paper_trials.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "scheduler/epoch_spread.h"
#include "scheduler/random_draws.h"

namespace attnsweep::scheduler {

std::vector<SimulatedTrial> paper_trials(int count, bool known, OrderBy order, unsigned seed)
{
    struct Configuration {
        std::string name;
        double epoch_s;
        EpochSpread spread;
        double expected_epochs;
    };
    std::vector<Configuration> configurations;
    for (const bool stft : {true, false}) {
        for (int ratio = 0; ratio <= 100; ratio += 25) {
            Configuration configuration{
                fmt::format("{}-r{}", stft ? "stft" : "cqt", ratio), (stft ? 50 : 14) * (1 + 0.2 * ratio / 25), {}, 0};
            configuration.spread.median = stft ? 72 : 257;
            const EpochSpread& spread = configuration.spread;
            configuration.expected_epochs = order == OrderBy::mean       ? spread.mean()
                                            : order == OrderBy::quantile ? spread.quantile(0.95)
                                                                         : spread.most;
            configurations.push_back(std::move(configuration));
        }
    }
    constexpr double startup_s = 10;
    std::mt19937_64 random(seed);
    std::vector<SimulatedTrial> trials;
    trials.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        const Configuration& configuration = configurations[static_cast<std::size_t>(i) % configurations.size()];
        SimulatedTrial& trial = trials.emplace_back();
        trial.epochs = configuration.spread.draw(standard_normal(random));
        trial.duration_s = startup_s + configuration.epoch_s * trial.epochs;
        trial.planned.id = fmt::format("{:016x}", static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15U);
        trial.planned.configuration = configuration.name;
        trial.planned.expected =
            known ? trial.duration_s : startup_s + configuration.epoch_s * configuration.expected_epochs;
    }
    return trials;
}

}  // namespace attnsweep::scheduler
