// `attnsweep gc`: removes files beside a store that nothing needs any more.
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "files/error.h"
#include "files/lease.h"
#include "runner/cli/command.h"
#include "runner/cli/store_option.h"
#include "runner/node/fence.h"
#include "runner/protocol.h"
#include "store/maintenance/leftovers.h"

namespace attnsweep::runner {

namespace {

struct GcOptions {
    std::string store = default_store(), keep;
    bool dry_run = false, orphans = false;
};

int gc(const GcOptions& options)
{
    const store::Store store = store::Store::open_to_read(options.store);
    if (std::error_code none; !std::filesystem::is_directory(store.folder(), none)) {
        std::fputs(fmt::format("{} is not here, so there is nothing to remove\n", store.folder().string()).c_str(),
                   stdout);
        return exit_done;
    }
    // A run may still need what looks left over, so removal takes the lease; listing does not.
    std::optional<files::Lease> lease;
    if (!options.dry_run) {
        lease.emplace(store.folder() / "lease");
    }
    const auto found = store::find_leftovers(store, {options.keep, options.orphans, still_lives});
    std::map<std::string, std::pair<int, std::uintmax_t>> kinds;
    std::uintmax_t all = 0;
    for (const store::Leftover& leftover : found) {
        auto& [count, bytes] = kinds[leftover.kind];
        ++count;
        bytes += leftover.bytes;
        all += leftover.bytes;
        if (options.dry_run) {
            std::fputs(fmt::format("  {}\n", leftover.path.string()).c_str(), stdout);
            continue;
        }
        std::error_code code;
        std::filesystem::remove_all(leftover.path, code);
        if (code) {
            throw files::Error(leftover.path, "cannot be removed", code.value());
        }
    }
    for (const auto& [kind, sum] : kinds) {
        std::fputs(fmt::format("{}: {}, {:.1f} MB\n", kind, sum.first, static_cast<double>(sum.second) / 1e6).c_str(),
                   stdout);
    }
    std::fputs(fmt::format("{:.1f} MB {}\n", static_cast<double>(all) / 1e6,
                           options.dry_run ? "would be removed (--dry-run: nothing was removed)" : "removed")
                   .c_str(),
               stdout);
    return exit_done;
}

}  // namespace

void add_gc(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<GcOptions>();
    CLI::App* command = app.add_subcommand("gc", "Removes checkpoints and other files that nothing needs any more");
    command->add_option("--store", options->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "Only list what would be removed");
    command
        ->add_option(
            "--keep", options->keep,
            "What to keep of done trials: none, last, best, weights or all; default: their sweep's checkpoint.keep")
        ->check(CLI::IsMember({"none", "last", "best", "weights", "all"}));
    command->add_flag("--orphans", options->orphans, "Also remove folders of trials that are in no recorded sweep");
    command->footer(
        "Results, and checkpoints that an unfinished trial could resume from, are never removed. Exits with code 5 "
        "while a\n"
        "run uses the store.\n"
        "Examples:\n"
        "  attnsweep gc --dry-run --store results.db\n"
        "  attnsweep gc --keep best");
    command->callback([&chosen, options] { chosen = of_store([options] { return gc(*options); }); });
}

}  // namespace attnsweep::runner
