#include "runner/node/trial_doctor.h"

#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/printable.h"
#include "runner/node/command_output.h"

namespace attnsweep::runner {

namespace {

// Of the trial program: from a cold network file system libtorch's CUDA set (4.6 GB) loads for minutes, and each GPU starts for seconds.
constexpr int answer_limit_s = 300;

}  // namespace

nlohmann::json trial_doctor(const std::filesystem::path& program, const std::string& gpu, std::string& said)
{
    said = command_output(fmt::format("{}timeout {} {} doctor </dev/null 2>&1",
                                      gpu.empty() ? "" : "CUDA_VISIBLE_DEVICES=" + configs::shell_quoted(gpu) + " ",
                                      answer_limit_s, configs::shell_quoted(program.string())));
    // Libraries may print warnings before its answer.
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("{")) {
            const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
            if (json.is_object() && json.contains("version") && json.contains("cuda")) {
                return json;
            }
        }
    }
    return {};
}

}  // namespace attnsweep::runner
