#pragma once

namespace attnsweep::scheduler {

/// Says how many epochs trials take that training stops early: `patience` and one at least, then as many as a lognormal draws
/// around `median`, `most` at most.
struct EpochSpread {
    double median = 72;
    int patience = 30;
    int most = 400;
    double sigma = 0.5;  ///< of the logarithm of what lies beyond patience

    int draw(double normal) const;        ///< `normal`: a standard normal deviate
    double quantile(double share) const;  ///< 0 < share < 1
    double mean() const;
};

}  // namespace attnsweep::scheduler
