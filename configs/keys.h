#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "configs/key.h"

namespace attnsweep::configs {

/// Returns the registry: all keys, in the order of the documentation. Built once; thread-safe.
std::span<const Key> keys();

/// Returns the key of that name, or nullptr.
const Key* find_key(std::string_view name);

/// Returns the name of the key with the smallest edit distance to `name`, among those that `candidates` accepts (all if
/// it is empty).
std::string nearest_key(std::string_view name, const std::function<bool(const Key&)>& candidates = {});

}  // namespace attnsweep::configs
