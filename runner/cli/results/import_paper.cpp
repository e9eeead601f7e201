// `attnsweep import-paper`: imports Table II as a sweep of the store.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "configs/shell_word.h"
#include "runner/cli/command.h"
#include "runner/cli/store_option.h"
#include "runner/exit_code.h"
#include "store/import_paper.h"
#include "store/published_store.h"

namespace attnsweep::runner {

namespace {

int import_paper(const std::string& path)
{
    store::write_alone(path, store::import_paper);
    std::printf("Table II of the paper is sweep %s of %s: attnsweep compare %s SWEEP --store %s\n",
                std::string(store::paper_sweep).c_str(), path.c_str(), std::string(store::paper_sweep).c_str(),
                configs::shell_path(path).c_str());
    return exit_done;
}

}  // namespace

void add_import_paper(CLI::App& app, Command& chosen)
{
    auto store = std::make_shared<std::string>(default_store());
    CLI::App* command = app.add_subcommand("import-paper", "Imports the paper's Table II as a sweep to compare with");
    command->add_option("--store", *store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->footer(
        "It is ten means of three repeats whose spread was not published: compare gives differences without "
        "an interval or p.\n\n"
        "Examples:\n"
        "  attnsweep import-paper --store results.db\n"
        "  attnsweep compare paper-table-2 paper");
    command->callback([&chosen, store] { chosen = of_store([store] { return import_paper(*store); }); });
}

}  // namespace attnsweep::runner
