// `attnsweep show`: everything that the store has on one trial.
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "reports/show.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

namespace {

struct ShowArguments {
    std::string trial, store = default_store(), format = "text";
};

int show(const ShowArguments& arguments)
{
    const store::Store store = store::Store::open_to_read(arguments.store);
    say_age(store);
    std::cout << reports::show_trial(store, arguments.trial, reports::format_from(arguments.format));
    finish_output();
    return exit_done;
}

}  // namespace

void add_show(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<ShowArguments>();
    CLI::App* command =
        app.add_subcommand("show", "Shows everything about a trial, and the command that trains it again");
    command
        ->add_option("TRIAL", arguments->trial,
                     "The trial's label or id, or a unique prefix of it; LABEL@N: as revision N of its sweep has it")
        ->required();
    command->add_option("--store", arguments->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_option("--format", arguments->format, "Output format")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    command->footer("Examples:\n"
                    "  attnsweep show stft-r25-s2\n"
                    "  attnsweep show stft-r25-s2@1\n"
                    "  attnsweep show paper:cqt-r0-s1 --format json");
    command->callback([&chosen, arguments] { chosen = [arguments] { return show(*arguments); }; });
}

}  // namespace attnsweep::runner
