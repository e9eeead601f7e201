#pragma once

#include <string>

namespace attnsweep::store {

/// Of the library that is loaded: "3.40.1".
std::string sqlite_version();

}  // namespace attnsweep::store
