// `attnsweep run`: hands over to attnsweep-run, which knows its own options.
#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "runner/cli/command.h"
#include "runner/cli/hand_over.h"
#include "runner/run_options.h"

namespace attnsweep::runner {

void add_run(CLI::App& app, Command& chosen)
{
    auto* command = app.add_subcommand("run", "Runs the missing trials of a sweep; rerun the command to resume");
    command->prefix_command();
    command->set_help_flag();
    command->callback([&chosen, command] {
        const std::vector<std::string> arguments = command->remaining();
        chosen = [arguments]() -> int {
            // Help is printed here, since a rank would load MPI first.
            if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end() ||
                std::find(arguments.begin(), arguments.end(), "-h") != arguments.end()) {
                std::string name = "attnsweep run", help = "--help";
                char* words[] = {name.data(), help.data(), nullptr};
                return parse_options(2, words, true).exit_code;
            }
            hand_over("attnsweep-run", arguments);
        };
    });
}

}  // namespace attnsweep::runner
