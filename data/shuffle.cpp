#include "data/shuffle.h"

#include <utility>

#include "configs/portable_numbers.h"

namespace attnsweep::data {

void shuffle(std::vector<std::int64_t>& items, std::uint64_t seed, std::uint64_t stream)
{
    configs::PortableDraws random(seed, stream);
    for (std::size_t left = items.size(); left > 1; --left) {
        std::swap(items[left - 1], items[random.below(left)]);
    }
}

}  // namespace attnsweep::data
