#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace attnsweep::configs {

// Numbers that are the same on every machine and with every standard library.

/// Returns the number rounded to six significant decimal digits, so that the last bits of a logarithm do not matter.
double with_six_digits(double number);

/// Returns how many decimals the shortest text of a number has: 0 of 20, 2 of 0.25, 4 of 1e-4.
int decimals_of(double number);

/// Returns the number rounded to so many decimals.
double with_decimals(double number, int decimals);

/// Draws numbers; a pure function of seed and name or stream, as the standard fixes mt19937_64 and seed_seq, but not its distributions.
class PortableDraws {
public:
    /// `name`: of what is drawn, so that one seed gives different things independent numbers.
    PortableDraws(std::uint64_t seed, const std::string& name);
    /// `stream`: which of the independent numbers of one seed.
    PortableDraws(std::uint64_t seed, std::uint64_t stream);

    double fraction();                         ///< 0 or more, below 1
    std::uint64_t below(std::uint64_t bound);  ///< 0..bound-1, each equally likely

private:
    std::mt19937_64 random_;
};

}  // namespace attnsweep::configs
