#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "scheduler/device_speed.h"
#include "store/reading/epoch_times.h"

namespace attnsweep::runner {

/// What an expected number is based on.
enum class Basis {
    guess,   ///< arithmetic, attention's own work and Figure 2's epochs
    scaled,  ///< the guess, corrected by how far the guesses of other configurations were off on this kind of device
    measured,  ///< epochs of the same configuration on this kind of device with as many threads and devices; repeats that are done
    certain  ///< number of epochs alone: training does not stop early
};
std::string to_string(Basis basis);

/// Returns how many of a data set's clips a trial trains on in each epoch, by its settings.
double training_clips(std::int64_t clips, const configs::DataSettings& data);

/// Says how long a trial is expected to take, in seconds. It is expected to end between `low` and `high`, which are far apart
/// for a guess (a factor of three either way) and close for what was measured. A judgement, not a statistical interval.
struct ExpectedDuration {
    double total_s = 0;                      ///< from its first epoch to its end
    double left_s = 0;                       ///< of that, after the epochs that its checkpoint has
    double left_low_s = 0, left_high_s = 0;  ///< of left_s
    double epoch_s = 0;
    double epochs = 0;  ///< over the whole trial
    Basis epoch_basis = Basis::guess, epochs_basis = Basis::guess;
    double around_s = 0;  ///< of all of them: beside the epochs

    /// Returns what a time (left_s, left_low_s...) is where epochs take less of it, on devices so many times as fast.
    double at_speed(double time_s, double speed) const { return around_s + (time_s - around_s) / speed; }
    bool is_measured() const { return epoch_basis == Basis::measured; }
};

/// Predicts how long the trials of one sweep take on one kind of device, for the scheduler's order, `plan`, `simulate` and the
/// time left of a sweep. Arithmetic alone misleads (a higher attention ratio has fewer operations and takes longer), so
/// attention's own work counts too; where training stops early, the epochs are Figure 2's (STFT 72, CQT 257) until
/// repeats are done. Guesses are scaled by the measurements nearest in size, so that they can be compared with measured durations.
/// With execution.devices_per_trial = k they are those on k devices; with "auto", on one.
/// Immutable, so that any thread may read it.
class DurationModel {
public:
    /// `measured`, `around_epochs_s`: store::epoch_times and store::time_around_epochs of the store, empty without one. Throws
    /// Error naming the trial when its network is not valid. `efficiency`: of several devices, instead of what was measured of them.
    DurationModel(const configs::Sweep& sweep, configs::DeviceKind device_kind,
                  const std::vector<store::EpochTimes>& measured = {},
                  const std::optional<double>& around_epochs_s = {}, const std::optional<double>& efficiency = {});

    /// Returns what every attempt takes beside its epochs, in seconds, part of each duration.
    double around_epochs_s() const { return around_epochs_s_; }
    /// Says so in a sentence, with what it is based on.
    std::string around_epochs_in_words() const;
    /// Returns how much faster several devices are than one: as trials of one configuration on one and on several have shown.
    const scheduler::DeviceSpeed& speed() const { return speed_; }
    /// Says so in a sentence, with what it is based on.
    std::string speed_in_words() const;

    /// Predicts one of the sweep's trials. `epochs_done`: by the checkpoint that it resumes from; a fraction counts batches.
    ExpectedDuration of(const configs::Trial& trial, double epochs_done = 0) const;

private:
    struct Range {
        double expected = 0, low = 0, high = 0;
        Basis basis = Basis::guess;
    };
    struct Configuration {
        Range epoch_s, epochs;
        int max_epochs = 0;
    };
    std::map<std::string, Configuration> configurations_;  // repeats take as long
    double around_epochs_s_;
    bool around_is_measured_, speed_is_given_;
    scheduler::DeviceSpeed speed_;
};

/// Returns the kind of device that a sweep's `execution.device` (or --device) means where `has_gpu`.
configs::DeviceKind device_kind_of(const std::string& device, bool has_gpu);

}  // namespace attnsweep::runner
