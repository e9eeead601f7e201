#pragma once

#include <cstdint>
#include <vector>

namespace attnsweep::data {

/// Shuffles by Fisher-Yates over mt19937_64 with unbiased bounded draws: the same order on every machine and standard
/// library (std::shuffle and the standard distributions are not portable). A pure function of the arguments.
void shuffle(std::vector<std::int64_t>& items, std::uint64_t seed, std::uint64_t stream = 0);

}  // namespace attnsweep::data
