// `attnsweep run`: hands over to attnsweep-run, which knows its own options.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "runner/attnsweep/command.h"

namespace attnsweep::runner {

void add_run(CLI::App& app, Command& chosen)
{
    auto* command = app.add_subcommand("run", "Runs what of a sweep is missing; the same line again goes on");
    command->prefix_command();
    command->set_help_flag();
    command->callback([&chosen, command] {
        const std::vector<std::string> arguments = command->remaining();
        chosen = [arguments]() -> int { hand_over("attnsweep-run", arguments); };
    });
}

}  // namespace attnsweep::runner
