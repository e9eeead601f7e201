#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/trial_spec.h"

namespace attnsweep::configs {

/// A rule that settings break together, though each value alone is within its key's limits (configs/keys.h).
struct BrokenRule {
    std::vector<std::string> keys;  ///< those involved, the one to change first in front; empty: the data set's fault
    std::string message;            ///< the values, what was expected, what to do
};

/// Returns d_v = d_k of an augmented layer: int(r F), as Python's int() truncates it. paper.md, "The network".
int attention_filters(int filters, double ratio);

/// Returns whether any layer has attention. Without it the heads and the augmented blocks are idle: no rule looks at
/// them, and they do not enter a trial's id.
bool has_attention(const ModelSettings& model);

/// Returns the first rule that the network breaks on spectrograms of the data set's shape, or nothing. Looks at what
/// values mean together: attention filters and heads, augmented blocks and blocks, widths, poolings and the shape; and
/// at the kernel, which must be odd. Expects each value within its key's limits.
std::optional<BrokenRule> find_broken_rule(const ModelSettings& model, const DataIdentity& data_set);

/// Throws Error, naming key, value and expectation, when a value of `model` is outside its key's limits or a rule is
/// broken. Serves those whose settings do not come from a checked file.
void check_network(const ModelSettings& model, const DataIdentity& data_set);

/// Throws Error as check_network does, for every setting of a trial.
void check_trial(const TrialSpec& spec);

}  // namespace attnsweep::configs
