#include "model/libtorch_threads.h"

#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

namespace attnsweep::model {

// at::parallel_for is a template: compiled here, without libtorch's own OpenMP, it is a plain loop (ATen/ParallelOpenMP.h), and with another
// OpenMP its threads would not be libtorch's. The loop over a tensor's elements was compiled with libtorch: one element a unit.
void on_libtorchs_threads(std::int64_t count, const std::function<void(std::int64_t)>& unit)
{
    if (count < 1) {
        return;
    }
    at::Tensor units = at::empty({count}, at::kByte);
    const auto* first = static_cast<const char*>(units.const_data_ptr());
    at::TensorIterator iterator = at::TensorIterator::nullary_op(units);
    iterator.for_each(
        [&](char** data, const std::int64_t*, std::int64_t in_a_row, std::int64_t rows) {
            // The elements are next to each other, so that a part is one row.
            for (std::int64_t i = 0; i < in_a_row * rows; ++i) {
                unit(data[0] + i - first);
            }
        },
        1);
}

}  // namespace attnsweep::model
