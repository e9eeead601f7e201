#pragma once

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/end_to_end/program.h"

namespace attnsweep::tests {

/// Returns the first matches in each line of a command's help.
inline std::vector<std::string> found_in_help(const std::string& command, const std::regex& pattern)
{
    std::istringstream help(run(program() + " " + command + " --help").output);
    std::vector<std::string> found;
    std::smatch match;
    for (std::string line; std::getline(help, line);) {
        if (std::regex_search(line, match, pattern)) {
            found.push_back(match[1]);
        }
    }
    return found;
}

/// Returns the commands, as the help lists them: also those that have commands of their own.
inline std::vector<std::string> commands_in_help(const std::string& above = "")
{
    return found_in_help(above, std::regex("^  ([a-z][a-z-]+) {2,}"));
}

}  // namespace attnsweep::tests
