// `attnsweep report`: prints Table II and Table I, or writes the files of a report.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "data/data_set.h"
#include "reports/report.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

namespace {

struct ReportArguments {
    std::string store = default_store(), weights = "last", format = "text", paper = "auto", out;
    reports::ReportOptions options;
};

/// Reads the recordings' names from the shards if the data set is still the one that the sweep was run on; else returns none,
/// and the report numbers the recordings.
reports::RecordingNames recording_names(const configs::DataSetDescription& description)
{
    reports::RecordingNames names;
    try {
        for (const configs::SpectrogramSet& set : description.spectrograms) {
            const data::DataSet data = data::DataSet::open(description.path, set.spectrogram);
            if (data.digest() != set.digest) {
                continue;
            }
            for (std::int64_t clip = 0; clip < data.clips(); ++clip) {
                names.try_emplace(data.group(clip), data.source(clip));
            }
            break;
        }
    } catch (const std::exception&) {
        names.clear();  // the report needs only the store
    }
    return names;
}

int report(ReportArguments arguments)
{
    arguments.options.weights = store::weights_from(arguments.weights);
    arguments.options.paper = reports::paper_beside_from(arguments.paper);
    const store::Store store = store::Store::open_to_read(arguments.store);
    say_age(store);
    if (arguments.out.empty()) {
        std::cout << reports::render_report(store, arguments.options, reports::format_from(arguments.format));
    } else {
        arguments.options.recording_names = recording_names;
        if (arguments.store != default_store()) {
            arguments.options.store = arguments.store;
        }
        const reports::WrittenReport written = reports::write_report(store, arguments.options, arguments.out);
        for (const std::string& warning : written.warnings) {
            std::fprintf(stderr, "attnsweep: %s\n", warning.c_str());
        }
        std::cout << (std::filesystem::path(arguments.out) / "index.html").string() << " and "
                  << written.files.size() - 1 << " files beside it\n";
    }
    finish_output();
    return exit_done;
}

}  // namespace

void add_report(CLI::App& app, Command& chosen)
{
    auto arguments = std::make_shared<ReportArguments>();
    CLI::App* command = app.add_subcommand("report", "Prints a sweep's tables, beside the paper's where the classes "
                                                     "are its, or writes a folder with them and the figures");
    command->add_option("--store", arguments->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_option("--sweep", arguments->options.sweep,
                        "The sweep, by name or NAME@REVISION; default: the one run last");
    command
        ->add_option("--weights", arguments->weights,
                     "Test metrics with the weights of the last epoch, or with the best weights")
        ->check(CLI::IsMember({"last", "best"}))
        ->capture_default_str();
    command
        ->add_option("--paper", arguments->paper,
                     "The paper's values, claims and table numbers: auto (where every class is one of the paper's), "
                     "yes or no")
        ->check(CLI::IsMember({"auto", "yes", "no"}))
        ->capture_default_str();
    command->add_option("--format", arguments->format, "Output format of the tables")
        ->check(CLI::IsMember({"text", "markdown", "csv", "latex", "json"}))
        ->capture_default_str();
    command->add_option("--out", arguments->out,
                        "Write into this folder instead: index.html (all of it in one page), report.md, report.tex, "
                        "tables (.md, .tex, .csv, .json), figures (.svg, .png)");
    command->add_option(
        "--curves", arguments->options.curves,
        "Configurations or trials whose learning curves are drawn, comma separated; default: beside the paper "
        "stft-r25 and cqt-r25, else the six best by validation loss");
    command->add_flag_callback(
        "--no-matrix-files", [arguments] { arguments->options.matrix_files = false; },
        "With --out: no confusion-N.svg and .png; the page still shows the matrices");
    command->footer("A sweep that is still running can be reported: what is missing is listed under the tables.\n\n"
                    "Examples:\n"
                    "  attnsweep report\n"
                    "  attnsweep report --sweep paper --weights best --format markdown\n"
                    "  attnsweep report --sweep paper --out report/ --curves stft-r0,stft-r25,cqt-r25");
    command->callback([&chosen, arguments] { chosen = [arguments] { return report(*arguments); }; });
}

}  // namespace attnsweep::runner
