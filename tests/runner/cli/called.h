#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "runner/cli/command.h"

namespace attnsweep::tests {

/// Calls a command as main() does, and returns what it prints; expects exit code 0. `arguments`: its name first. Throws what
/// it throws.
inline std::string called(void (*add)(CLI::App&, runner::Command&), std::vector<std::string> arguments)
{
    CLI::App app;
    runner::Command chosen;
    add(app, chosen);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
    app.parse(arguments);
    testing::internal::CaptureStdout();
    int code = -1;
    try {
        code = chosen();
    } catch (...) {
        testing::internal::GetCapturedStdout();
        throw;
    }
    EXPECT_EQ(code, 0);
    return testing::internal::GetCapturedStdout();
}

}  // namespace attnsweep::tests
