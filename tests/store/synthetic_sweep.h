#pragma once

#include <string>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// A sweep like the paper's without any training: {stft, cqt} x {0, 25, 50, 75, 100 %} x repeats, over three classes
/// (banjo, cello, tuba) of 100 clips.
configs::Sweep synthetic_sweep(const std::string& name = "synthetic", int repeats = 3);

/// A done result with these right clips of ten test clips a class: `right` gives the diagonal; the others of a class are
/// taken for the next class.
configs::TrialResult done_result(const configs::Trial& trial, const std::vector<int>& right, int attempt = 1);
configs::TrialResult failed_result(const configs::Trial& trial, const std::string& kind, const std::string& message,
                                   int attempt = 1);

/// A result whose accuracy and curves look like training: the paper's accuracy for its model, a little off by repeat.
configs::TrialResult lifelike_result(const configs::Trial& trial);

/// As an attempt leaves its result beside its trial.
void leave_result(const store::Store& store, const configs::TrialResult& result);
/// An attempt that begins, leaves its result and has it committed.
void finish(store::Store& store, const configs::TrialResult& result);

/// The sweep recorded and every trial done by lifelike_result.
void fill(store::Store& store, const configs::Sweep& sweep);

/// A sweep over classes that are not the paper's: {stft, cqt} x {0, 50 %} x learning rates {0.0001, 0.001, 0.01, 0.1} x two
/// repeats.
configs::Sweep sweep_of_three_axes(const std::string& name = "axes");
/// The sweep recorded and every trial done: the better, the nearer the learning rate is to 0.01.
void fill_as_done(store::Store& store, const configs::Sweep& sweep);

}  // namespace attnsweep::store

namespace attnsweep::reports {

// For the tests of reports/, which speak of the same sweeps.
using store::done_result;
using store::failed_result;
using store::fill_as_done;
using store::lifelike_result;
using store::sweep_of_three_axes;
using store::synthetic_sweep;

}  // namespace attnsweep::reports
