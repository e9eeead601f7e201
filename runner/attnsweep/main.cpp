#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "runner/attnsweep/command.h"
#include "runner/exit_code.h"
#include "runner/version.h"

namespace {

using namespace attnsweep;

int run_command(const runner::Command& command)
{
    try {
        return command();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "attnsweep: %s\n", error.what());
        return runner::exit_code_of(error);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("attnsweep trains the same network many times over, on one machine or a cluster, and gives averages "
                 "to believe.\n"
                 "It reproduces \"Attention Augmented CNNs for Musical Instrument Identification\".");
    app.set_version_flag("--version", runner::version_text());
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    app.footer("From audio to a table:\n"
               "  attnsweep ingest recordings/ --out shards/\n"
               "  attnsweep plan configs/paper.toml --data shards/\n"
               "  mpirun -n 8 attnsweep run configs/paper.toml --data shards/ --store results.db\n"
               "  attnsweep report --store results.db\n\n"
               "`attnsweep COMMAND --help` shows a command's options and an example. Exit codes: 0 done, 1 failed, 2 "
               "command line,\n"
               "3 bad input file, 4 some trials failed, 5 store, 6 no such device, 7 disk full, 75 run the same "
               "command again.");
    runner::Command chosen;
    runner::add_ingest(app, chosen);
    runner::add_plan(app, chosen);
    runner::add_run(app, chosen);
    runner::add_status(app, chosen);
    runner::add_report(app, chosen);
    runner::add_query(app, chosen);
    runner::add_trial(app, chosen);
    runner::add_predict(app, chosen);
    runner::add_demo_corpus(app, chosen);
    runner::add_doctor(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? runner::exit_done : runner::exit_usage;
    }
    return run_command(chosen);
}
