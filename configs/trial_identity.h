#pragma once

#include <span>
#include <string>
#include <vector>

#include "configs/frozen_defaults.h"
#include "configs/key.h"
#include "configs/settings.h"

namespace attnsweep::configs {

/// Raised by one when a fix changes results; part of the id when above 1.
inline constexpr int mathematics_version = 1;

/// Returns the text whose hash is a trial's id: sorted keys, shortest numbers, only keys that differ from the frozen
/// defaults, the data set's digest and the mathematics version. docs/architecture.md, promise 1.
std::string canonical_text(const TrialSpec& spec);

/// Returns a trial's id: 16 hex digits of the SHA-256 of canonical_text.
std::string trial_id(const TrialSpec& spec);

/// Returns the canonical text for another registry and table of defaults, such as those of a later version with more
/// keys.
std::string canonical_text(const TrialSpec& spec, std::span<const Key> registry,
                           const std::vector<FrozenDefault>& defaults, int mathematics);

/// Returns the spec with every key that cannot change its results set to its frozen default, so that it does not change
/// the id:
/// - without attention (attention_ratio 0, or no augmented block): attention_ratio, heads, augmented_blocks;
/// - the order in which augmented blocks are listed;
/// - early_stopping false: patience (monitor stays: it chooses the best weights);
/// - what the optimizer does not use: initial_accumulator (all but adagrad), epsilon (sgd), momentum and nesterov (all
///   but sgd), beta_1 and beta_2 (all but adam and adamw);
/// - schedule other than step: step_epochs, step_factor.
TrialSpec without_idle_keys(const TrialSpec& spec);

/// Computes the ids (trial_id) of trials that differ only in their seeds; builds the canonical text of the other keys
/// once.
class RepeatIds {
public:
    explicit RepeatIds(const TrialSpec& spec);  ///< its seeds are ignored
    std::string id(const Seeds& seeds);

private:
    Settings settings_;
    std::string before_seeds_, after_seeds_;
};

}  // namespace attnsweep::configs
