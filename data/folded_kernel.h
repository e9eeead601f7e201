#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace attnsweep::data {

/// How a spectrum of `rows` x `period` points lies in memory: point p in row p / period, a row as vectors of eight real
/// parts, then their eight imaginary ones, and zeros up to a whole vector at its end.
struct FoldedLayout {
    std::size_t rows = 0, period = 0;

    static constexpr std::size_t lanes = 8;
    std::size_t row_floats() const { return (period + lanes - 1) / lanes * lanes * 2; }
    /// Returns where in its row the real part of a column is; its imaginary part is `lanes` after it.
    static std::size_t place(std::size_t column) { return column / lanes * lanes * 2 + column % lanes; }
};

/// A filter's spectrum that is real, and zero but for adjacent points, laid out for its product with a clip's spectrum,
/// folded modulo the layout's period. Immutable: `product` is thread-safe, and gives the same bits on every processor.
class FoldedKernel {
public:
    /// `values` are the points from `first` on, of which the last may be beyond the layout's end (they wrap).
    FoldedKernel(const FoldedLayout& layout, std::size_t first, std::span<const float> values);

    std::size_t non_zeros() const { return non_zeros_; }

    /// Makes `sums`, which lies like a row: the sum over all rows of kernel times spectrum, column by column.
    void product(const float* spectrum, float* sums) const;

private:
    FoldedLayout layout_;
    std::size_t first_row_ = 0, rows_ = 0;  // kept; those beyond the layout's end wrap
    std::vector<float> values_;             // rows_ rows, of real parts alone
    std::size_t non_zeros_ = 0;
};

}  // namespace attnsweep::data
