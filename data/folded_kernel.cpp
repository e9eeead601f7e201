#include "data/folded_kernel.h"

#include <algorithm>
#include <cstring>

namespace attnsweep::data {
namespace {

using Vector = float __attribute__((vector_size(32)));
static_assert(sizeof(Vector) == FoldedLayout::lanes * sizeof(float));

// Adds the products of `rows` rows. One product and one addition at a time, in the order of the rows: the bits are those of
// plain floats. Kernel and spectrum are read from front to back, as the processor foresees it: most of the time is memory's.
__attribute__((always_inline)) inline void add_rows(const float* kernel, const float* spectrum, std::size_t rows,
                                                    std::size_t row_floats, float* sums)
{
    constexpr std::size_t lanes = FoldedLayout::lanes;
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t place = 0; place < row_floats; place += 2 * lanes) {
            Vector a, b, c, real, imaginary;
            std::memcpy(&a, spectrum + place, sizeof(a));
            std::memcpy(&b, spectrum + place + lanes, sizeof(b));
            std::memcpy(&c, kernel + place / 2, sizeof(c));
            std::memcpy(&real, sums + place, sizeof(real));
            std::memcpy(&imaginary, sums + place + lanes, sizeof(imaginary));
            real += a * c;
            imaginary += b * c;
            std::memcpy(sums + place, &real, sizeof(real));
            std::memcpy(sums + place + lanes, &imaginary, sizeof(imaginary));
        }
        kernel += row_floats / 2;
        spectrum += row_floats;
    }
}

using AddRows = void (*)(const float*, const float*, std::size_t, std::size_t, float*);

void add_rows_plainly(const float* kernel, const float* spectrum, std::size_t rows, std::size_t row_floats, float* sums)
{
    add_rows(kernel, spectrum, rows, row_floats, sums);
}

#ifdef __x86_64__

__attribute__((target("avx2"))) void add_rows_by_avx2(const float* kernel, const float* spectrum, std::size_t rows,
                                                      std::size_t row_floats, float* sums)
{
    add_rows(kernel, spectrum, rows, row_floats, sums);
}

AddRows best_add_rows()
{
    return __builtin_cpu_supports("avx2") != 0 ? add_rows_by_avx2 : add_rows_plainly;
}

#else

AddRows best_add_rows()
{
    return add_rows_plainly;
}

#endif

}  // namespace

FoldedKernel::FoldedKernel(const FoldedLayout& layout, std::size_t first, std::span<const float> values)
    : layout_(layout), first_row_(first / layout.period),
      rows_((first % layout.period + values.size() + layout.period - 1) / layout.period),
      values_(rows_ * (layout.row_floats() / 2)), non_zeros_(values.size())
{
    for (std::size_t index = 0; index < values.size(); ++index) {
        const std::size_t place = first % layout.period + index;
        values_[place / layout.period * (layout.row_floats() / 2) + place % layout.period] = values[index];
    }
}

void FoldedKernel::product(const float* spectrum, float* sums) const
{
    static const AddRows add = best_add_rows();
    const std::size_t row_floats = layout_.row_floats();
    std::fill(sums, sums + row_floats, 0.0F);
    const std::size_t before_end = std::min(rows_, layout_.rows - first_row_);
    add(values_.data(), spectrum + first_row_ * row_floats, before_end, row_floats, sums);
    add(values_.data() + before_end * (row_floats / 2), spectrum, rows_ - before_end, row_floats, sums);
}

}  // namespace attnsweep::data
