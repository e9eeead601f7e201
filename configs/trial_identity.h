#pragma once

#include <span>
#include <string>
#include <vector>

#include "configs/frozen_defaults.h"
#include "configs/keys.h"

namespace attnsweep::configs {

/// Returns the canonical text for another registry and table of defaults, such as those of a later version with more
/// keys.
std::string canonical_text(const TrialSpec& spec, std::span<const Key> registry,
                           const std::vector<FrozenDefault>& defaults, int mathematics);

/// Returns the spec with every key that cannot change its results set to its frozen default, so that it does not change
/// the id:
/// - without attention (attention_ratio 0, or no augmented block): attention_ratio, heads, augmented_blocks;
/// - the order in which augmented blocks are listed;
/// - early_stopping false: patience (monitor stays: it chooses the best weights).
TrialSpec without_idle_keys(TrialSpec spec);

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

/// Computes the JSON text (nlohmann::json(spec).dump()) of specs that differ only in their seeds; writes the other keys
/// once.
class RepeatTexts {
public:
    explicit RepeatTexts(const TrialSpec& spec);
    bool are_of(const TrialSpec& spec) const;  ///< whether it differs only in its seeds
    std::string text(const Seeds& seeds) const;

private:
    TrialSpec spec_;
    std::string before_seeds_, after_seeds_;
};

/// Returns whether all keys but the seeds have equal values; ignores the data set.
bool has_equal_settings(const TrialSpec& a, const TrialSpec& b);

/// Converts a spec to settings, with sweep and execution at their defaults, and back.
Settings settings_of(const TrialSpec& spec);
TrialSpec spec_of(const Settings& settings, const DataIdentity& data_set);

}  // namespace attnsweep::configs
