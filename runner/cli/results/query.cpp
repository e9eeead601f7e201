// `attnsweep query`: filters past trials by any setting or metric.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "reports/tables/query_output.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"
#include "store/reading/setting_names.h"

namespace attnsweep::runner {

namespace {

struct QueryArguments {
    std::string store = default_store(), format = "table";
    store::Query query;
    bool shows_columns = false;
};

/// Returns the width of the terminal on standard output; 0 if it is not a terminal, for output that is not cut.
int terminal_columns()
{
    winsize size{};
    return ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int query(const QueryArguments& arguments)
{
    const store::Store store = store::Store::open_to_read(arguments.store);
    if (const std::string hint = store::percent_hint(arguments.query.where); !hint.empty()) {
        std::fprintf(stderr, "attnsweep: note: %s\n", hint.c_str());
    }
    say_age(store);
    if (arguments.shows_columns) {
        for (const std::string& column : store::known_columns(store)) {
            std::cout << column << '\n';
        }
        return exit_done;
    }
    std::int64_t rows = 0;
    write_output([&](std::ostream& out) {
        rows = reports::write_query(store, arguments.query, reports::query_format_from(arguments.format), out,
                                    terminal_columns());
    });
    if (rows == 0 && ::isatty(STDERR_FILENO) == 1) {
        std::fputs("no trial matches\n", stderr);
    }
    return exit_done;
}

}  // namespace

void add_query(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<QueryArguments>();
    CLI::App* command = app.add_subcommand("query", "Lists past trials, filtered and sorted by any setting or metric");
    command->add_option("--store", arguments->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_option(
        "--sweep", arguments->query.sweeps,
        "Only these sweeps, by name (its newest revision) or NAME@REVISION, comma separated; otherwise all");
    CLI::Option* all = command->add_flag_callback(
        "--all-revisions", [arguments] { arguments->query.revisions = store::Revisions::all; },
        "Also trials that are in older revisions of their sweep alone");
    command->add_flag("--hidden", arguments->query.with_hidden, "Also what `store hide` has hidden");
    command->add_option("--where", arguments->query.where,
                        "An SQL condition over columns, settings (kernel_size, model.heads) and tags of a run "
                        "(tag.KEY); text in single quotes");
    command->add_option("--sort", arguments->query.sort, "Columns, comma separated; -accuracy is descending")
        ->delimiter(',');
    command->add_option("--columns", arguments->query.columns, "Columns to show, comma separated")->delimiter(',');
    command->add_option("--format", arguments->format, "Output format")
        ->check(CLI::IsMember({"table", "csv", "json", "jsonl"}))
        ->capture_default_str();
    command->add_option("--limit", arguments->query.limit, "Maximum number of trials; 0: all")
        ->check(wrong_count)
        ->capture_default_str();
    CLI::Option* sql = command->add_option("--sql", arguments->query.sql,
                                           "Run a SELECT on any table or view instead (docs/results-store.md)");
    command
        ->add_option("--time-limit", arguments->query.time_limit_s,
                     "Seconds after which the query is stopped; 0: never")
        ->check(wrong_amount)
        ->capture_default_str();
    for (const char* other : {"--sweep", "--where", "--sort", "--columns", "--limit"}) {
        sql->excludes(command->get_option(other));
    }
    sql->excludes(all);
    command->add_flag("--list-columns", arguments->shows_columns, "List the available columns");
    command->footer(
        "A query cannot change the store. Accuracies and metrics are in 0..1, with the last weights; best_accuracy "
        "and the\n"
        "other best_ columns are with the best weights.\n\n"
        "Examples:\n"
        "  attnsweep query --where \"spectrogram = 'cqt' and attention_ratio <= 0.5 and accuracy > 0.9\" --sort "
        "-accuracy\n"
        "  attnsweep query --sweep paper --where \"status = 'failed'\" --columns label,failure_kind,failure_message\n"
        "  attnsweep query --sql \"SELECT configuration, count(*) FROM trial_overview GROUP BY 1\"\n"
        "  attnsweep query --columns label,learning_rate,accuracy,best_accuracy --format csv > trials.csv");
    command->callback([&chosen, arguments] { chosen = [arguments] { return query(*arguments); }; });
}

}  // namespace attnsweep::runner
