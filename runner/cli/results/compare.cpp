// `attnsweep compare`: compares two sweeps, revisions, configurations or trials.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "reports/tables/comparison_output.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"

namespace attnsweep::runner {

namespace {

struct CompareArguments {
    std::string a, b, store = default_store(), weights = "last", format = "text", out;
    std::vector<std::string> metrics{"accuracy"};
    double effect_points = 1;
    bool explain = false;
};

int compare(const CompareArguments& arguments)
{
    const store::Weights weights = store::weights_from(arguments.weights);
    const reports::Side a = reports::find_side(arguments.a, arguments.store, weights);
    const reports::Side b = reports::find_side(arguments.b, arguments.store, weights);
    say_age(*a.store);
    if (b.store->path() != a.store->path()) {
        say_age(*b.store);
    }
    const reports::Comparison comparison = reports::compare(a, b, arguments.metrics, arguments.effect_points / 100);
    if (arguments.out.empty()) {
        std::cout << reports::render(comparison, reports::format_from(arguments.format), arguments.explain);
    } else {
        std::vector<std::string> warnings;
        for (const auto& file : reports::write_comparison(comparison, arguments.out, warnings)) {
            std::cout << file.string() << '\n';
        }
        for (const std::string& warning : warnings) {
            std::fprintf(stderr, "attnsweep: %s\n", warning.c_str());
        }
    }
    finish_output();
    return exit_done;
}

}  // namespace

void add_compare(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<CompareArguments>();
    CLI::App* command = app.add_subcommand(
        "compare", "Compares two sweeps, revisions, configurations or trials, and says what the differences mean");
    command
        ->add_option(
            "A", arguments->a,
            "A sweep, SWEEP@REVISION, configuration or trial (label, id; NAME@REVISION: of that revision); the prefix "
            "FILE.db: names its store")
        ->required();
    command->add_option("B", arguments->b, "What to compare A with: differences are B - A")->required();
    command->add_option("--store", arguments->store, "The store of A and B unless they name one (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command
        ->add_option("--metrics", arguments->metrics,
                     "Metrics to compare, comma separated: p is corrected for all of them")
        ->delimiter(',')
        ->capture_default_str();
    command
        ->add_option("--weights", arguments->weights,
                     "Test metrics with the weights of the last epoch, or with the best weights")
        ->check(CLI::IsMember({"last", "best"}))
        ->capture_default_str();
    command
        ->add_option("--effect", arguments->effect_points,
                     "Tell how many repeats would show a difference of so many percentage points")
        ->check(wrong_positive_amount)
        ->check(CLI::Range(0.01, 100.0))
        ->capture_default_str();
    command->add_flag("--explain", arguments->explain, "Say each verdict in words, too");
    command->add_option("--format", arguments->format, "Output format")
        ->check(CLI::IsMember({"text", "markdown", "csv", "json"}))
        ->capture_default_str();
    command->add_option("--out", arguments->out,
                        "Write into this folder instead: comparison.md, .csv, .json and the curves as a figure");
    command->footer(
        "Repeats with equal seeds are pairs. Fewer than 6 pairs give the differences and a t-interval; from 6 "
        "on a sign-flip\n"
        "test also gives p, corrected (Holm) for all metrics asked for. For other recordings: a bootstrap of "
        "whole recordings.\n\n"
        "Examples:\n"
        "  attnsweep compare cqt-r0 cqt-r25 --explain\n"
        "  attnsweep compare cqt-r0 cqt-r25 --effect 0.5\n"
        "  attnsweep compare paper@1 paper@2 --metrics accuracy,f1_macro\n"
        "  attnsweep compare old.db:paper new.db:paper --out comparison/");
    command->callback([&chosen, arguments] { chosen = [arguments] { return compare(*arguments); }; });
}

}  // namespace attnsweep::runner
