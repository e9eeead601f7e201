#pragma once

#include <functional>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "configs/keys.h"

namespace attnsweep::configs {

// A table in place of a list of values stands for the values that it describes:
//   { log = [1e-4, 1e-2], count = 5 }                    count values, each the same multiple of the one before
//   { range = [0, 1], step = 0.25 }                      from the first number on, as far as whole steps lead
//   { random = [0, 1], count = 20, seed = 1 }            count different values, drawn uniformly; seed = 1 can be left out
//   { random_log = [1e-4, 1e-2], count = 20, seed = 1 }  as random, but uniform in the logarithm
// The values are part of trials' ids, so they are the same on every machine: those of a range have the decimals of its first
// number and step, all others six significant digits, and where the key takes whole numbers they are whole. The ends of log
// and range are as written. The sequence that is drawn depends on the seed and the key's name alone, so the first values stay
// when count grows, and two keys of one seed are independent.

/// Returns whether a table says, by one of its keys, that it is meant as a shorthand.
bool is_value_shorthand(const toml::table& table);

/// Returns where a node of the shorthand is written, as a message begins.
using OriginOf = std::function<std::string(const toml::source_region&)>;

/// Returns the values that a shorthand of this key stands for, at least two and at most 1,000, in the order in which they were
/// calculated or drawn, none of them twice. Throws Error naming place, value, expectation and remedy when the shorthand or one
/// of its values is wrong, or the key takes no numbers.
std::vector<Value> values_of_shorthand(const Key& key, const toml::table& shorthand, const OriginOf& origin_of);

}  // namespace attnsweep::configs
