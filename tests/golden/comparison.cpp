#include "comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace attnsweep::golden {

namespace {

constexpr double absolute_tolerance = 1e-6;
constexpr double change_floor = 1e-4;

double norm(std::span<const float> values)
{
    double sum = 0;
    for (const double value : values) {
        sum += value * value;
    }
    return std::sqrt(sum);
}

std::vector<float> difference(std::span<const float> a, std::span<const float> b)
{
    std::vector<float> result(a.size());
    std::transform(a.begin(), a.end(), b.begin(), result.begin(), std::minus<>());
    return result;
}

}  // namespace

Comparison::Row& Comparison::row(const std::string& quantity, double tolerance)
{
    const auto [found, fresh] = rows_.try_emplace(quantity);
    if (fresh) {
        found->second.tolerance = tolerance;
        order_.push_back(quantity);
    }
    return found->second;
}

void Comparison::record(Row& row, double error, const std::string& place)
{
    ++row.compared;
    // Written so that a NaN wins and stays.
    if (row.place.empty() || (!std::isnan(row.error) && !(error <= row.error))) {
        row.error = error;
        row.place = place;
    }
}

void Comparison::compare(const std::string& quantity, const std::string& place, std::span<const float> computed,
                         std::span<const float> reference, double tolerance)
{
    if (computed.size() != reference.size()) {
        record(row(quantity, tolerance), std::numeric_limits<double>::infinity(), place + " (another size)");
        return;
    }
    const double size = norm(reference);
    if (size == 0) {
        double largest = 0;
        for (const float value : computed) {
            largest = std::isnan(value) ? std::numeric_limits<double>::infinity()
                                        : std::max<double>(largest, std::abs(value));
        }
        record(row(quantity + ", where it is 0", absolute_tolerance), largest, place);
        return;
    }
    record(row(quantity, tolerance), norm(difference(computed, reference)) / size, place);
}

void Comparison::compare_change(const std::string& quantity, const std::string& place,
                                std::span<const float> computed_after, std::span<const float> before,
                                std::span<const float> reference_after, double tolerance)
{
    if (computed_after.size() != reference_after.size() || before.size() != reference_after.size()) {
        record(row(quantity, tolerance), std::numeric_limits<double>::infinity(), place + " (another size)");
        return;
    }
    const std::vector<float> reference = difference(reference_after, before);
    const double size = norm(reference);
    if (size > 0 && size < change_floor * norm(before)) {
        ++row(quantity, tolerance).set_aside;
        return;
    }
    compare(quantity, place, difference(computed_after, before), reference, tolerance);
}

void Comparison::add(const Comparison& other, int repeats)
{
    for (const std::string& quantity : other.order_) {
        const Row& from = other.rows_.at(quantity);
        Row& to = row(quantity, from.tolerance);
        if (from.compared > 0) {
            record(to, from.error, from.place);
            to.compared += from.compared - 1;
        }
        to.set_aside += from.set_aside;
        to.repeats = std::max(to.repeats, repeats);
    }
}

void Comparison::print() const
{
    std::printf("%-42s %11s %10s %9s  %s\n", "quantity", "largest", "tolerance", "compared", "where");
    for (const std::string& quantity : order_) {
        const Row& row = rows_.at(quantity);
        std::string notes;
        if (row.set_aside > 0) {
            notes += " (" + std::to_string(row.set_aside) + " small changes set aside)";
        }
        if (row.repeats > 0) {
            notes += " (repeated up to " + std::to_string(row.repeats) + " times)";
        }
        std::printf("%-42s %11.2e %10.0e %9zu  %s%s%s\n", quantity.c_str(), row.error, row.tolerance, row.compared,
                    row.error <= row.tolerance ? "" : "BEYOND TOLERANCE ", row.place.c_str(), notes.c_str());
    }
}

bool Comparison::passed_but_for(std::string_view beginning) const
{
    std::size_t compared = 0;
    for (const auto& [quantity, row] : rows_) {
        compared += row.compared;
        const bool is_set_apart = !beginning.empty() && quantity.starts_with(beginning);
        if (!is_set_apart && !(row.error <= row.tolerance)) {
            return false;
        }
    }
    return compared > 0;
}

}  // namespace attnsweep::golden
