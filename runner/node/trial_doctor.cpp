#include "runner/node/trial_doctor.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runner/node/command_output.h"
#include "runner/node/start_pauses.h"

namespace attnsweep::runner {

namespace {

// Of the trial program: from a cold network file system libtorch's CUDA set (4.6 GB) loads for minutes, and each GPU starts for seconds.
constexpr int answer_limit_s = 300;

// Of a shortage of processes: a preflight cannot be interrupted, and others wait for it.
constexpr double longest_patience_s = 30;

nlohmann::json answer_in(const std::string& said)
{
    // Libraries may print warnings before its answer.
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("{")) {
            nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
            if (json.is_object() && json.contains("version") && json.contains("cuda")) {
                return json;
            }
        }
    }
    return {};
}

}  // namespace

nlohmann::json trial_doctor(const std::filesystem::path& program, const std::string& gpu, std::string& said)
{
    const std::string selection = "CUDA_VISIBLE_DEVICES=";
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (gpu.empty() || !std::string_view(*variable).starts_with(selection)) {
            variables.emplace_back(*variable);
        }
    }
    if (!gpu.empty()) {
        variables.push_back(selection + gpu);
    }
    const std::string path = std::filesystem::absolute(program).string();
    StartPauses pauses(std::min(StartPauses().patience_s(), longest_patience_s));
    while (true) {
        std::string why_not;
        said = program_output({path, "doctor"}, variables, answer_limit_s, why_not);
        nlohmann::json answer = answer_in(said);
        said += why_not;
        const std::optional<double> pause_s =
            answer.is_null() && tells_of_shortage(said) ? pauses.next() : std::nullopt;
        if (!pause_s) {
            return answer;
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(*pause_s));
    }
}

}  // namespace attnsweep::runner
