#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::golden {

/// Collects errors by quantity and keeps each quantity's largest.
class Comparison {
public:
    /// Relative Frobenius error of `computed` against `reference`; where the reference is all zeros, the largest absolute value
    /// against 1e-6, as a quantity of its own. `place` says where in the file. A NaN is beyond every tolerance; so is another size.
    void compare(const std::string& quantity, const std::string& place, std::span<const float> computed,
                 std::span<const float> reference, double tolerance);
    /// The same for how far a weight has come, after minus before. Reference changes under 1e-4 of the weight's norm are set aside
    /// (and counted): rounding alone makes up these.
    void compare_change(const std::string& quantity, const std::string& place, std::span<const float> computed_after,
                        std::span<const float> before, std::span<const float> reference_after, double tolerance);

    /// Adds what another comparison has found, `repeats` repeats after one that was beyond tolerance.
    void add(const Comparison& other, int repeats);

    void print() const;  ///< a table on standard output
    bool passed() const { return passed_but_for({}); }
    /// Returns whether all quantities are within tolerance whose names do not begin so (empty: all).
    bool passed_but_for(std::string_view beginning) const;
    bool operator==(const Comparison&) const = default;

private:
    struct Row {
        double error = 0, tolerance = 0;
        std::string place;
        std::size_t compared = 0, set_aside = 0;
        int repeats = 0;
        bool operator==(const Row&) const = default;
    };
    Row& row(const std::string& quantity, double tolerance);
    void record(Row& row, double error, const std::string& place);
    std::map<std::string, Row> rows_;
    std::vector<std::string> order_;
};

}  // namespace attnsweep::golden
