#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "configs/nearest_name.h"
#include "runner/cli/command.h"
#include "runner/cli/completion.h"
#include "runner/cli/standard_output.h"
#include "runner/command_line_words.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "runner/path_options.h"
#include "runner/standard_descriptors.h"
#include "runner/version.h"

namespace {

using namespace attnsweep;

int run_command(const runner::Command& command)
{
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const int code = command();
        runner::finish_output();
        return code;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "attnsweep: %s\n", runner::last_words_of(error).c_str());
        return runner::exit_code_of(error);
    } catch (const runner::ReaderGone&) {
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
        return runner::exit_failed;
    } catch (...) {
        std::fprintf(stderr, "attnsweep: %s\n", runner::last_words_of_unknown().c_str());
        return runner::exit_failed;
    }
}

int refuse(const std::string& why)
{
    std::fprintf(stderr, "attnsweep: %s\n", runner::on_one_line(why).c_str());
    return runner::exit_usage;
}

/// Says what CLI11 says, its first line without what a terminal would obey.
int say(const CLI::App& app, const CLI::ParseError& error)
{
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    std::cout << out.str();
    std::fputs(runner::command_line_words(app, error, err.str()).c_str(), stderr);
    return code == 0 ? runner::exit_done : runner::exit_usage;
}

/// Returns what is wrong with the first word if it is not a command; empty if it is one, or there is no word.
std::string unknown_command(const CLI::App& app, int argc, char** argv)
{
    if (argc < 2 || argv[1][0] == '-') {
        return {};
    }
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) {
        names.push_back(command->get_name());
    }
    const std::string word = argv[1];
    if (std::find(names.begin(), names.end(), word) != names.end()) {
        return {};
    }
    const std::string nearest = configs::nearest_name(word, names);
    return "there is no command \"" + word + "\"" +
           (nearest.empty() ? ": expected one of " + configs::joined(names) + "."
                            : "; did you mean `attnsweep " + nearest + "`?") +
           " `attnsweep --help` describes them";
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only memory that has run out, or an option named twice, throws here
int main(int argc, char** argv)
{
    runner::open_standard_descriptors();
    runner::let_long_files_fail();
    CLI::App app("Trains every configuration of a neural network's hyper-parameter sweep several times, on one machine "
                 "or a cluster, and\n"
                 "reports means with their uncertainty. Reproduces \"Attention Augmented CNNs for Musical Instrument "
                 "Identification\".");
    app.set_version_flag("--version", runner::version_text());
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    app.footer("From audio to a table:\n"
               "  attnsweep ingest recordings/ --out shards/\n"
               "  attnsweep plan configs/paper.toml --data shards/     (or your own sweep: attnsweep new FILE.toml "
               "--data shards/)\n"
               "  mpirun -n 8 attnsweep run configs/paper.toml --data shards/ --store results.db\n"
               "  attnsweep report --store results.db\n\n"
               "`attnsweep COMMAND --help` shows a command's options and an example. Exit codes: 0 done, 1 failed, 2 "
               "command line,\n"
               "3 bad input file, 4 some trials failed, 5 store, 6 no such device, 7 disk full, 8 nothing runs, 71 "
               "nothing can be\nstarted, 75 rerun the command.");
    runner::Command chosen;
    runner::add_ingest(app, chosen);
    runner::add_inspect(app, chosen);
    runner::add_new(app, chosen);
    runner::add_plan(app, chosen);
    runner::add_simulate(app, chosen);
    runner::add_run(app, chosen);
    runner::add_status(app, chosen);
    runner::add_logs(app, chosen);
    runner::add_drain(app, chosen);
    runner::add_report(app, chosen);
    runner::add_best(app, chosen);
    runner::add_query(app, chosen);
    runner::add_export(app, chosen);
    runner::add_show(app, chosen);
    runner::add_compare(app, chosen);
    runner::add_trial(app, chosen);
    runner::add_predict(app, chosen);
    runner::add_demo_corpus(app, chosen);
    runner::add_store(app, chosen);
    runner::add_gc(app, chosen);
    runner::add_doctor(app, chosen);
    runner::add_completion(app, chosen);
    runner::add_import_paper(app, chosen);
    runner::check_paths(app);
    // Its words are those of a half-typed line, which CLI11 cannot parse.
    if (argc > 2 && std::string_view(argv[1]) == "completion" && std::string_view(argv[2]) == "--words") {
        for (const std::string& word : runner::completions(app, {argv + 3, argv + argc})) {
            std::puts(word.c_str());
        }
        return runner::exit_done;
    }
    // CLI11 would only say that a subcommand is required.
    std::string wrong = unknown_command(app, argc, argv);
    if (wrong.empty() && argc > 1 &&
        std::string_view(argv[1]) != "run") {  // each rank would say it; attnsweep-run's first does
        wrong = runner::wrong_argument(argc, argv);
    }
    if (!wrong.empty()) {
        return refuse(wrong);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return run_command([&] { return say(app, error); });
    }
    if (wrong = runner::wrong_variable(app); !wrong.empty()) {
        return refuse(wrong);
    }
    return run_command(chosen);
}
