#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace attnsweep::tests {

/// Gives a changed file the checksums that its new content asks for.
using Seal = std::function<std::string(std::string)>;

/// Changes bytes at random: bits, bytes and integers with extreme values, cuts, repeats, pieces of other files. The same
/// seed gives the same files.
class Mutator {
public:
    /// `corpus`: the files to change, at least one. `seal`: applied to seven of eight changed files, so that what lies
    /// behind a checksum is reached and the checksum's own refusal too; may be empty.
    Mutator(std::vector<std::string> corpus, std::uint64_t seed, Seal seal)
        : corpus_(std::move(corpus)), random_(seed), seal_(std::move(seal))
    {
    }

    /// Returns a file of the corpus with one to eight changes.
    std::string next();

private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    void change(std::string& bytes);

    std::vector<std::string> corpus_;
    std::mt19937_64 random_;
    Seal seal_;
};

}  // namespace attnsweep::tests
