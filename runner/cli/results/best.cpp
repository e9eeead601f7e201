// `attnsweep best`: ranks a sweep's configurations by their validation results.
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "reports/analysis/ranking.h"
#include "reports/tables/ranking_output.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"
#include "store/reading/setting_names.h"

namespace attnsweep::runner {

namespace {

struct BestArguments {
    std::string store = default_store(), sweep, by = "validation_loss", weights = "last", where, format = "text";
    std::size_t top = 10;
};

int best(const BestArguments& arguments)
{
    const store::Store store = store::Store::open_to_read(arguments.store);
    if (const std::string hint = store::percent_hint(arguments.where); !hint.empty()) {
        std::fprintf(stderr, "attnsweep: note: %s\n", hint.c_str());
    }
    say_age(store);
    const reports::Ranking ranking =
        reports::rank_configurations(store, arguments.sweep, store::weights_from(arguments.weights),
                                     reports::ranked_by_from(arguments.by), arguments.where);
    const reports::Format format = reports::format_from(arguments.format);
    std::cout << reports::render(reports::ranking_table(ranking, format, arguments.top), format, "best");
    if (format == reports::Format::text) {
        const std::string given = arguments.store == default_store() ? "" : arguments.store;
        std::vector<std::string> lines = reports::next_commands(store, ranking, given);
        lines.push_back(reports::refit_command(store, ranking, given));
        for (const std::string& line : lines) {
            std::cout << (line.empty() ? "" : "  " + line + "\n");
        }
    }
    finish_output();
    return exit_done;
}

}  // namespace

void add_best(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<BestArguments>();
    CLI::App* command = app.add_subcommand(
        "best", "Ranks a sweep's configurations by validation over their repeats, the test result beside it");
    command->add_option("--store", arguments->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_option("--sweep", arguments->sweep, "The sweep, by name or NAME@REVISION; default: the one run last");
    command->add_option("--by", arguments->by, "What is compared: its mean over the repeats")
        ->check(CLI::IsMember({"validation_loss", "validation_accuracy"}))
        ->capture_default_str();
    command->add_option("--weights", arguments->weights, "Results with the last weights, or with the best weights")
        ->check(CLI::IsMember({"last", "best"}))
        ->capture_default_str();
    command->add_option("--where", arguments->where,
                        "Only configurations with a trial that meets this SQL condition, as for query");
    command->add_option("--top", arguments->top, "Configurations shown; 0: all")
        ->check(wrong_count)
        ->capture_default_str();
    command->add_option("--format", arguments->format, "Output format")
        ->check(CLI::IsMember({"text", "markdown", "csv", "latex", "json"}))
        ->capture_default_str();
    command->footer("Choosing by a test result would make that result too good: the highest of many is high by luck, "
                    "too.\n\nExamples:\n"
                    "  attnsweep best\n"
                    "  attnsweep best --by validation_accuracy --where \"spectrogram = 'cqt'\" --top 3\n"
                    "  attnsweep best --sweep mine@2 --format csv > ranking.csv");
    command->callback([&chosen, arguments] { chosen = [arguments] { return best(*arguments); }; });
}

}  // namespace attnsweep::runner
