#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>

#include <hwy/aligned_allocator.h>

namespace attnsweep::model {

/// Floats, aligned for vectors. Throws std::bad_alloc.
struct Floats {
    enum class Holds {
        zeros,
        anything
    };  ///< at first; anything (NaN under AddressSanitizer): all that is read is written before

    explicit Floats(std::size_t count_, Holds holds = Holds::zeros)
        : count(count_), data(hwy::AllocateAligned<float>(count))
    {
        if (!data) {
            throw std::bad_alloc();
        }
        if (holds == Holds::zeros) {
            std::fill_n(data.get(), count, 0.0F);
        }
#ifdef __SANITIZE_ADDRESS__
        else {
            std::fill_n(data.get(), count, std::numeric_limits<float>::quiet_NaN());
        }
#endif
    }
    float* at(std::size_t index) const { return data.get() + index; }

    std::size_t count;
    hwy::AlignedFreeUniquePtr<float[]> data;
};

}  // namespace attnsweep::model
