#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_spec.h"
#include "store/store.h"

namespace attnsweep::store {

/// Epoch durations of attempts at trials that are equal in all settings but the seeds, on one kind of device with the
/// same number of threads and of replicas.
struct EpochTimes {
    configs::TrialSpec spec;  ///< of one of them
    configs::DeviceKind device_kind = configs::DeviceKind::cpu;
    int threads = 0;         ///< 0: attempts that have not ended, whose execution settings are not recorded
    double train_clips = 0;  ///< clips per training epoch; 0: unknown
    int epochs_seen = 0;     ///< over all attempts
    double mean_s = 0;       ///< of an epoch, validation included
    double fastest_s = 0, slowest_s = 0;   ///< means of the fastest and the slowest attempt
    std::vector<int> epochs_at_end;        ///< epochs of the attempts that are done
    std::string attention_implementation;  ///< "tiled", "chunked"; "": none, not recorded, or not ended
    int replicas = 1;                      ///< each on a device; those that have not ended on several are left out
};

/// Measures epoch durations from the last begun attempts, at most `most` of them: recent measurements count, and a
/// store of a hundred thousand trials answers as fast as a small one. Throws Error.
std::vector<EpochTimes> epoch_times(const Store& store, int most = 2000);

/// Measures what a trial takes beside its epochs, in seconds: its process starts, loads its data, tests, and its result gets
/// into the store. From the last `most` trials that one attempt has done on that kind of device: the mean of the middle half,
/// since times are recorded in whole seconds. Nothing where there are none. Throws Error.
std::optional<double> time_around_epochs(const Store& store, configs::DeviceKind device_kind, int most = 200);

}  // namespace attnsweep::store
