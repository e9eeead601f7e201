#pragma once

#include <span>
#include <string>
#include <vector>

#include "configs/frozen_defaults.h"
#include "configs/keys.h"

namespace attnsweep::configs {

/// canonical_text over a registry and a table of one's own: what a later version with more keys would do.
std::string canonical_text(const TrialSpec& spec, std::span<const Key> registry,
                           const std::vector<FrozenDefault>& defaults, int mathematics);

/// The spec with every key that surely cannot change its results set to its frozen default, so that it does not
/// change the id either:
/// - no attention at all (attention_ratio 0, or no augmented block): attention_ratio, heads, augmented_blocks;
/// - the order in which augmented blocks are listed;
/// - early_stopping false: patience (monitor stays: it chooses the best weights).
TrialSpec without_idle_keys(TrialSpec spec);

/// The ids of trials that differ in their seeds alone: the canonical text of all else is made once. Each is trial_id's.
class RepeatIds {
public:
    explicit RepeatIds(const TrialSpec& spec);  ///< its seeds do not matter
    std::string id(const Seeds& seeds);

private:
    Settings settings_;
    std::string before_seeds_, after_seeds_;
};

/// The JSON of specs that differ in their seeds alone, as nlohmann::json(spec).dump() has it: that of all else is made once.
class RepeatTexts {
public:
    explicit RepeatTexts(const TrialSpec& spec);
    bool are_of(const TrialSpec& spec) const;  ///< whether it differs from the first in its seeds alone
    std::string text(const Seeds& seeds) const;

private:
    TrialSpec spec_;
    std::string before_seeds_, after_seeds_;
};

/// Whether all keys but the seeds have the same values; the data set is not asked.
bool has_equal_settings(const TrialSpec& a, const TrialSpec& b);

/// The settings that hold a spec's, and back; sweep and execution are at their defaults.
Settings settings_of(const TrialSpec& spec);
TrialSpec spec_of(const Settings& settings, const DataIdentity& data_set);

}  // namespace attnsweep::configs
