#pragma once

#include <string>

namespace attnsweep::runner {

/// Version and commit, as `--version` prints them and results keep them: "0.1.0 (a1b2c3d)".
std::string version_text();

}  // namespace attnsweep::runner
