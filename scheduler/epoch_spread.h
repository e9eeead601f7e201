#pragma once

namespace attnsweep::scheduler {

/// Distribution of the epochs of trials with early stopping: at least `patience` + 1, beyond that lognormal so that the
/// median is `median`, and at most `most`.
struct EpochSpread {
    double median = 72;
    int patience = 30;
    int most = 400;
    double sigma = 0.5;  ///< of the logarithm of the epochs beyond the least

    int draw(double normal) const;        ///< `normal`: a standard normal deviate
    double quantile(double share) const;  ///< 0 < share < 1
    double mean() const;
};

}  // namespace attnsweep::scheduler
