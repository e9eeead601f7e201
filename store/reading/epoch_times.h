#pragma once

#include <string>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_spec.h"
#include "store/store.h"

namespace attnsweep::store {

/// What attempts at equal trials (all settings but the seeds), on one kind of device with as many threads, took.
struct EpochTimes {
    configs::TrialSpec spec;  ///< of one of them
    configs::DeviceKind device_kind = configs::DeviceKind::cpu;
    int threads = 0;         ///< 0: of attempts that have not ended, whose execution settings nobody wrote down
    double train_clips = 0;  ///< a training epoch; 0: unknown
    int epochs_seen = 0;     ///< over all attempts
    double mean_s = 0;       ///< of an epoch, validation included
    double fastest_s = 0, slowest_s = 0;  ///< means of the fastest and the slowest attempt
    std::vector<int> epochs_at_end;       ///< of those that are done
};

/// By the attempts that began last, `most` of them at most: what has been measured lately counts, and a store of a hundred
/// thousand trials answers as fast as a small one. Throws Error.
std::vector<EpochTimes> epoch_times(const Store& store, int most = 2000);

}  // namespace attnsweep::store
