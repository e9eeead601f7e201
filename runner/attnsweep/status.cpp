// `attnsweep status`: where the sweeps of a store stand.
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "reports/status.h"
#include "runner/attnsweep/command.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

struct StatusOptions {
    std::string store = default_store(), sweep;
};

int status(const StatusOptions& options)
{
    const reports::Store store = reports::Store::open_to_read(options.store);
    std::cout << reports::render_status(store, reports::read_status(store, options.sweep)) << std::flush;
    if (!std::cout)
        throw Error("cannot write to standard output");
    return exit_done;
}

}  // namespace

void add_status(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<StatusOptions>();
    CLI::App* command =
        app.add_subcommand("status", "Says how far each sweep of a store is: done, running, failed, missing");
    command->add_option("--store", options->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_option("--sweep", options->sweep, "Only this sweep, by name");
    command->footer("Examples:\n"
                    "  attnsweep status\n"
                    "  watch -n 10 attnsweep status --store results.db --sweep paper");
    command->callback([&chosen, options] { chosen = [options] { return status(*options); }; });
}

}  // namespace attnsweep::runner
