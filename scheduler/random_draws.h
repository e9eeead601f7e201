#pragma once

#include <random>

namespace attnsweep::scheduler {

// Random draws that do not depend on the standard library, unlike those of its distributions.

/// Draws from the standard normal distribution.
double standard_normal(std::mt19937_64& random);

/// Draws from the exponential distribution of this mean.
double exponential(std::mt19937_64& random, double mean);

}  // namespace attnsweep::scheduler
