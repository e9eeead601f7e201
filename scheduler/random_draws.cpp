#include "scheduler/random_draws.h"

#include <cmath>

namespace attnsweep::scheduler {

namespace {

/// Draws uniformly from the open interval (0, 1).
double uniform(std::mt19937_64& random)
{
    return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
}

}  // namespace

double standard_normal(std::mt19937_64& random)
{
    const double radius = std::sqrt(-2 * std::log(uniform(random)));
    return radius * std::cos(2 * M_PI * uniform(random));
}

double exponential(std::mt19937_64& random, double mean)
{
    return -mean * std::log(uniform(random));
}

}  // namespace attnsweep::scheduler
