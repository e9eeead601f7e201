#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runner/node/node.h"
#include "runner/node/node_report.h"

namespace attnsweep::runner {

/// Checks the GPUs that this process sees, each by itself: those that trials can use go to `report.gpus`, the others are named in the
/// result with the reason. A GPU that another process has to itself for now is used. `device`: as slots_of's. `doctor`: trial_doctor()'s
/// answer for all GPUs; null: a program of the user's own, whose GPUs are taken as they are. May start the trial program again.
Check device_check(const Node& node, const std::string& device, const std::filesystem::path& trial_program,
                   const nlohmann::json& doctor, NodeReport& report);

}  // namespace attnsweep::runner
