#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <sys/wait.h>

#include "tests/paths.h"

namespace attnsweep::tests {

struct PythonAnswer {
    int code = 0;
    std::string output;  ///< and errors
};

/// Runs a script of the source tree on a file.
inline PythonAnswer run_python(const std::string& script, const std::filesystem::path& file)
{
    const std::string command =
        "python3 '" + std::string(paths::source) + "/" + script + "' '" + file.string() + "' 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error("popen: " + command);
    }
    PythonAnswer answer;
    std::array<char, 4096> piece{};
    while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) {
        answer.output.append(piece.data(), size);
    }
    const int status = ::pclose(pipe);
    answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return answer;
}

}  // namespace attnsweep::tests
