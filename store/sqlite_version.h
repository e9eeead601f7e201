#pragma once

#include <string>

namespace attnsweep::store {

/// Returns the version of the SQLite library that is loaded: "3.40.1".
std::string sqlite_version();

}  // namespace attnsweep::store
