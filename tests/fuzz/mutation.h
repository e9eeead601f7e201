#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace attnsweep::tests {

/// Changes bytes at random: bits, bytes and integers with extreme values, cuts, repeats, pieces of other files. The same
/// seed gives the same files.
class Mutator {
public:
    Mutator(std::vector<std::string> corpus, std::uint64_t seed) : corpus_(std::move(corpus)), random_(seed) {}

    /// Returns a file of the corpus with one to eight changes.
    std::string next();

private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    void change(std::string& bytes);

    std::vector<std::string> corpus_;
    std::mt19937_64 random_;
};

}  // namespace attnsweep::tests
