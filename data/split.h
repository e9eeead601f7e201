#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/trial_spec.h"
#include "data/data_set.h"

namespace attnsweep::data {

/// Three disjoint lists of clips, each ascending.
struct Split {
    std::vector<std::int64_t> train, validation, test;
    /// SHA-256 (hex) of the three lists with each clip's label and group, and of the names of the classes: the same for
    /// both spectrograms of a data set, different for another data set.
    std::string digest;
};

/// Splits all clips; a pure function of the data set's table, the settings and the seed, the same on every machine.
///   clip      at random: round(test_fraction n) clips for testing, then round(validation_fraction rest) for validation
///             (paper: 20,794 -> 2,079 -> the rest 90/10).
///   group     whole groups at random, as close to those numbers of clips as they allow.
///   manifest  as the manifest says, or the folders (train/, test/); the fractions and the seed are not used. Where no
///             clip is for validation, whole groups of the training clips are taken at random: validation_fraction of
///             them.
/// With settings.stratified, clips (or groups) are drawn class by class, each class's share of each part by the largest
/// remainders; a class with three clips (or groups) or more has one in each.
/// With settings.train_on_validation, the clips for validation join those to train with once the split is made, so that the
/// clips for testing are those of the same settings without it.
/// Throws Error naming the three sizes when one is empty, or when the data set has no manifest's split.
Split make_split(const DataSet& data_set, const configs::DataSettings& settings, std::uint64_t seed);

/// Returns a sentence on the groups (recordings and their copies, or what a manifest calls one group) that have clips in more
/// than one part of a split, with an example; empty: there is none.
std::string groups_in_several_parts(const DataSet& data_set, const Split& split);

/// Returns how many of `clips` each class has.
std::vector<std::int64_t> clips_per_class(const DataSet& data_set, const std::vector<std::int64_t>& clips);

}  // namespace attnsweep::data
