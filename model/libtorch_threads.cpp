#include "model/libtorch_threads.h"

#include <ATen/Parallel.h>

namespace attnsweep::model {

void on_libtorchs_threads(std::int64_t count, const std::function<void(std::int64_t)>& unit)
{
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            unit(i);
        }
    });
}

}  // namespace attnsweep::model
