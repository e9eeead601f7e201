#pragma once

#include <random>

namespace attnsweep::scheduler {

// Draws that are the same with every standard library, whose distributions are each library's own.

/// Draws from the standard normal distribution.
double standard_normal(std::mt19937_64& random);

/// Draws from the exponential distribution of this mean.
double exponential(std::mt19937_64& random, double mean);

}  // namespace attnsweep::scheduler
