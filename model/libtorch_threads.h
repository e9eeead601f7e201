#pragma once

#include "model/kernels/run_units.h"

namespace attnsweep::model {

/// Runs a kernel's units on libtorch's threads (at::get_num_threads), each taking a part of them in a row: threads of one's own would wait
/// for cores on which libtorch's threads spin. Throws what a unit throws.
void on_libtorchs_threads(std::int64_t count, const std::function<void(std::int64_t)>& unit);

}  // namespace attnsweep::model
