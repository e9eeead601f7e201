#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace attnsweep::runner {

/// Calls `use`, the first use of a GPU, again until it no longer fails because another process has the GPU to itself; after `limit` the
/// last failure is thrown. `log` is told once. Returns false if `stop` returned true meanwhile. The limit is below the silence after
/// which a trial is taken for hanging (`run --hang-after`, ten minutes).
bool use_when_free(const std::function<void()>& use, const std::function<void(const std::string&)>& log,
                   const std::function<bool()>& stop, std::chrono::seconds limit = std::chrono::minutes(5),
                   std::chrono::milliseconds between = std::chrono::seconds(1));

}  // namespace attnsweep::runner
