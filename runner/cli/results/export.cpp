// `attnsweep export`: the store's trials and epochs for other programs.
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "reports/export/export_rows.h"
#include "reports/export/export_tensorboard.h"
#include "reports/others_files.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

namespace {

struct ExportArguments {
    std::string store = default_store(), sweep, tensorboard, csv, json;
    store::Revisions revisions = store::Revisions::newest;
};

void say(const reports::Exported& exported)
{
    for (const auto& file : exported.files) {
        std::cout << file.string() << '\n';
    }
    std::cout << exported.trials << " trials, " << exported.epochs << " epochs";
    if (exported.not_begun > 0) {
        std::cout << "; " << exported.not_begun << " more have not begun";
    }
    std::cout << '\n';
}

int export_store(const ExportArguments& arguments)
{
    const store::Store store = store::Store::open_to_read(arguments.store);
    say_age(store);
    // All before the first is written: what is refused has written nothing.
    for (const auto& [folder, option] :
         {std::pair(&arguments.tensorboard, "--tensorboard"), {&arguments.csv, "--csv"}, {&arguments.json, "--json"}}) {
        if (!folder->empty()) {
            reports::refuse_what_is_no_folder(*folder, option);
        }
    }
    if (!arguments.tensorboard.empty()) {
        say(reports::export_tensorboard(store, arguments.sweep, arguments.tensorboard, arguments.revisions));
    }
    if (!arguments.csv.empty()) {
        say(reports::export_rows(store, arguments.sweep, reports::QueryFormat::csv, arguments.csv,
                                 arguments.revisions));
    }
    if (!arguments.json.empty()) {
        say(reports::export_rows(store, arguments.sweep, reports::QueryFormat::json, arguments.json,
                                 arguments.revisions));
    }
    finish_output();
    return exit_done;
}

}  // namespace

void add_export(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<ExportArguments>();
    CLI::App* command =
        app.add_subcommand("export", "Writes trials and epochs for other programs: TensorBoard, CSV, JSON");
    command->add_option("--store", arguments->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_option("--sweep", arguments->sweep,
                        "Only this sweep, by name (its newest revision) or NAME@REVISION; otherwise all");
    command->add_flag_callback(
        "--all-revisions", [arguments] { arguments->revisions = store::Revisions::all; },
        "Also trials that are in older revisions of their sweep alone; event files of each in SWEEP@N");
    auto* kinds = command->add_option_group("Formats", "One or more");
    kinds->add_option("--tensorboard", arguments->tensorboard,
                      "Folder for event files: one run per trial, scalars per epoch, hparams");
    kinds->add_option("--csv", arguments->csv, "Folder for trials.csv and epochs.csv");
    kinds->add_option("--json", arguments->json, "Folder for trials.json and epochs.json");
    kinds->require_option(1, 0);
    command->footer("TensorBoard's HParams tab shows the repeats of a configuration as one group.\n\n"
                    "Examples:\n"
                    "  attnsweep export --tensorboard events/ && tensorboard --logdir events/\n"
                    "  attnsweep export --sweep paper --csv tables/");
    command->callback([&chosen, arguments] { chosen = [arguments] { return export_store(*arguments); }; });
}

}  // namespace attnsweep::runner
