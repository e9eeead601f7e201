#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace attnsweep::store {

/// An SQL value: nothing, whole number, number, text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A row as a SELECT returned it: each column's name and value, in the order of the columns.
using NamedRow = std::vector<std::pair<std::string, Value>>;

}  // namespace attnsweep::store
