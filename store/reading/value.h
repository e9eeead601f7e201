#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace attnsweep::store {

/// An SQL value: NULL, integer, real or text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A row of a SELECT: the name and value of each column, in order.
using NamedRow = std::vector<std::pair<std::string, Value>>;

}  // namespace attnsweep::store
