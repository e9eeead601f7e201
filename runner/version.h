#pragma once

#include <string>

namespace attnsweep::runner {

/// Returns version and commit, as `--version` prints and results record them: "0.1.0 (a1b2c3d)".
std::string version_text();

}  // namespace attnsweep::runner
