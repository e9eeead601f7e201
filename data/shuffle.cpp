#include "data/shuffle.h"

#include <random>
#include <utility>

namespace attnsweep::data {
namespace {

// mt19937_64's numbers are fixed by the standard; seed_seq's mixing is too.
std::mt19937_64 generator(std::uint64_t seed, std::uint64_t stream)
{
    std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                        static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)};
    return std::mt19937_64(words);
}

// Returns one of 0..bound-1, each equally likely: draws from the incomplete last interval are discarded.
std::uint64_t draw(std::mt19937_64& random, std::uint64_t bound)
{
    const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound
    for (;;) {
        const std::uint64_t number = random();
        if (number >= rejected) {
            return number % bound;
        }
    }
}

}  // namespace

void shuffle(std::vector<std::int64_t>& items, std::uint64_t seed, std::uint64_t stream)
{
    std::mt19937_64 random = generator(seed, stream);
    for (std::size_t left = items.size(); left > 1; --left) {
        std::swap(items[left - 1], items[draw(random, left)]);
    }
}

}  // namespace attnsweep::data
