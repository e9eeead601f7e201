#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::runner {

/// Returns what the trial program says about itself and the GPUs; null if it does not answer; `said` is all of its output. `gpu`: the UUID of the only one that it
/// is to see; empty: all.
nlohmann::json trial_doctor(const std::filesystem::path& program, const std::string& gpu, std::string& said);

}  // namespace attnsweep::runner
