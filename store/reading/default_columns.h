#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// Returns the columns that a query shows when it names none: names and status, spectrogram, ratio and the other axes of the
/// sweeps it is about (Query::sweeps; none: all in sight), results, id. At most `most_axes` other axes. Throws Error for an
/// unknown sweep.
std::vector<std::string> default_columns(const Store& store, const std::vector<std::string>& sweeps);
inline constexpr std::size_t most_axes = 6;

}  // namespace attnsweep::store
