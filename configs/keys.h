#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "configs/key.h"

namespace attnsweep::configs {

/// Returns every key there is, in the order of the documentation: the registry. Built once; thread-safe.
std::span<const Key> keys();

/// Returns the key of that name; nullptr when there is none.
const Key* find_key(std::string_view name);

/// Returns the name of the known key that is the fewest edits away from `name`; `candidates` may be narrowed to those a place allows.
std::string nearest_key(std::string_view name, const std::function<bool(const Key&)>& candidates = {});

}  // namespace attnsweep::configs
