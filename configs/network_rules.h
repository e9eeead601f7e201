#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"

namespace attnsweep::configs {

/// Of execution.devices_per_trial: so many replicas can train a trial together.
inline constexpr int most_devices_per_trial = 64;

/// A rule broken by a combination of settings, each of which is within its key's limits (configs/keys.h).
struct BrokenRule {
    std::vector<std::string> keys;  ///< involved, the one to change first at the front; empty: the data set is invalid
    std::string message;            ///< the values, what was expected, what to do
};

/// Returns d_v = d_k of an augmented layer: r F, truncated as Python's int() does. paper.md, "The network".
int attention_filters(int filters, double ratio);

/// Returns whether any layer has attention. If none has, heads and augmented blocks have no effect: no rule checks
/// them, and they are not part of a trial's id.
bool has_attention(const ModelSettings& model);

/// Returns the first rule that the network breaks on spectrograms of the data set's shape, or nullopt. Checks
/// combinations of values (attention filters and heads, augmented blocks and blocks, widths, poolings and the shape)
/// and that the kernel size is odd. Expects each value to be within its key's limits.
std::optional<BrokenRule> find_broken_rule(const ModelSettings& model, const DataIdentity& data_set);

/// Returns the first rule that the settings of training break, or nullopt: nothing is validated, but training stops early
/// by it; schedule step without a step length; a warm-up longer than the training; nesterov without a momentum. Keys
/// that have no effect (without_idle_keys) break none.
std::optional<BrokenRule> find_broken_rule(const DataSettings& data, const TrainingSettings& training);

/// Returns how a trial of that precision computes attention on that kind of device: what is wanted; automatic: tiled in float32
/// on a CPU, else chunked.
AttentionImplementation attention_choice(AttentionImplementation wanted, Precision precision, DeviceKind device_kind);

/// Returns the rule that is broken where attention is to be computed in a way that the precision or the device excludes, or a batch
/// has fewer clips than a trial has devices; or nullopt.
std::optional<BrokenRule> find_broken_rule(const ExecutionSettings& execution, const ModelSettings& model,
                                           const TrainingSettings& training);

/// Throws Error, naming key, value and expectation, when a value of `model` is outside its key's limits or a rule is
/// broken. For callers whose settings do not come from a checked file.
void check_network(const ModelSettings& model, const DataIdentity& data_set);

/// Throws Error, naming key, value and expectation, when any setting of a trial is outside its key's limits or a rule
/// is broken.
void check_trial(const TrialSpec& spec);

}  // namespace attnsweep::configs
