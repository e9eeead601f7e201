#include "runner/trial/early_stopping.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace attnsweep::runner {

EarlyStopping::EarlyStopping(configs::Monitor monitor, bool enabled, int patience)
    : monitor_(monitor), enabled_(enabled), patience_(patience)
{
}

bool EarlyStopping::observe(const configs::EpochRecord& epoch)
{
    // With the sign chosen so that larger is better.
    const double value =
        monitor_ == configs::Monitor::validation_loss ? -epoch.validation_loss : epoch.validation_accuracy;
    ++seen_;
    ++waited_;
    const bool better = std::isfinite(value) && (best_epoch_ == 0 || value > best_);
    if (better) {
        best_ = value;
        best_epoch_ = epoch.epoch;
        waited_ = 0;
    }
    return better;
}

bool EarlyStopping::should_stop() const
{
    return enabled_ && seen_ > 1 && waited_ >= patience_;
}

nlohmann::json EarlyStopping::state() const
{
    return {{"seen", seen_}, {"waited", waited_}, {"best_epoch", best_epoch_}, {"best", best_}};
}

void EarlyStopping::restore(const nlohmann::json& state)
{
    seen_ = state.at("seen").get<int>();
    waited_ = state.at("waited").get<int>();
    best_epoch_ = state.at("best_epoch").get<int>();
    best_ = state.at("best").get<double>();
}

}  // namespace attnsweep::runner
