// `attnsweep store`: rebuilds a store, compares it with its files, copies and merges stores.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "configs/shell_word.h"
#include "files/lease.h"
#include "runner/cli/command.h"
#include "runner/cli/store_option.h"
#include "runner/error.h"
#include "runner/last_resort.h"
#include "store/annotations.h"
#include "store/maintenance/backup.h"
#include "store/maintenance/merge.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/verify.h"
#include "store/reading/sweeps.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

struct StoreOptions {
    std::string store = default_store(), out, first, second;
    bool drop_missing = false;
};

void say(const std::string& line)
{
    std::fputs((on_one_line(line) + "\n").c_str(), stdout);
}

int rebuild(const StoreOptions& options)
{
    const std::filesystem::path folder = store::folder_beside(options.store);
    std::optional<files::Lease> lease;
    if (std::filesystem::is_directory(folder)) {  // else nothing can be rebuilt, and the lease must not create it
        lease.emplace(folder / "lease");
    }
    const store::Rebuilt rebuilt =
        store::rebuild(options.store, lease ? &*lease : nullptr,
                       options.drop_missing ? store::MissingResults::drop : store::MissingResults::refuse);
    say(fmt::format("{}: rebuilt from {}: {} revision(s), {} attempt(s), {} trial(s) done", options.store,
                    folder.string(), rebuilt.revisions, rebuilt.attempts, rebuilt.done));
    if (!rebuilt.kept_aside.empty()) {
        say(fmt::format("the previous database is kept as {}", rebuilt.kept_aside.string()));
    }
    for (const std::string& line : rebuilt.damaged) {
        say(fmt::format("left out: {}", line));
    }
    for (const std::string& line : rebuilt.strangers) {
        say(fmt::format("left out: {}: belongs to no sweep recorded here", line));
    }
    return rebuilt.damaged.empty() ? exit_done : exit_store;
}

int verify(const StoreOptions& options)
{
    const store::Verified found = store::verify(options.store);
    for (const std::string& line : found.notes) {
        say(fmt::format("note: {}", line));
    }
    for (const std::string& line : found.problems) {
        say(fmt::format("PROBLEM: {}", line));
    }
    say(fmt::format("{}: {} rows and {} files checked: {}", options.store, found.rows, found.files,
                    found.ok() ? "all is well"
                               : fmt::format("{} problem(s); {}", found.problems.size(), found.remedy)));
    return found.ok() ? exit_done : exit_store;
}

int backup(const StoreOptions& options)
{
    const std::uintmax_t bytes = store::backup(options.store, options.out);
    say(fmt::format(
        "{}: {:.1f} MB, with the files it can be rebuilt from in {}.d; weights and checkpoints are not in it",
        options.out, static_cast<double>(bytes) / 1e6, options.out));
    return exit_done;
}

/// Says of a sweep, or else of a trial, whether it is hidden.
int set_hidden(const StoreOptions& options, bool hidden)
{
    store::Annotation annotation{store::Annotation::Kind::hidden};
    annotation.value = hidden ? "1" : "0";
    std::vector<std::string> waiting;
    std::string what;
    {
        const store::Store store = store::Store::open_to_read(options.store);
        if (const std::optional<store::SweepEntry> sweep = store::sweep_named(store, options.first)) {
            if (sweep->name != options.first) {
                throw Error(
                    fmt::format("{}: a revision is not hidden by itself; readers show the newest alone. Name the sweep "
                                "({}), or a trial",
                                options.first, sweep->name),
                    exit_usage);
            }
            annotation.sweep = sweep->name;
            what = "sweep " + sweep->name;
        } else {
            const store::TrialLocation trial = store.find_trial(options.first);
            annotation.trial_id = trial.trial.id;
            what = fmt::format("trial {} ({})", trial.trial.label, trial.trial.id);
        }
        waiting = store::annotate(store, annotation);
    }
    say(hidden ? fmt::format("{} is hidden: kept, but in no report, query or ranking unless it is named; `attnsweep "
                             "store unhide {}` "
                             "shows it again",
                             what, configs::shell_word(options.first))
               : fmt::format("{} is shown again", what));
    for (const std::string& line : waiting) {
        say(line);
    }
    return exit_done;
}

int merge(const StoreOptions& options)
{
    const store::Merged merged = store::merge(options.first, options.second, options.out);
    say(fmt::format("{}: {} revision(s), {} trial(s), {} attempt(s); {} of {} were renumbered, {} were in both",
                    options.out, merged.revisions, merged.trials, merged.attempts, merged.renumbered, options.second,
                    merged.same));
    return exit_done;
}

}  // namespace

void add_store(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<StoreOptions>();
    CLI::App* command = app.add_subcommand("store", "Maintains a store: rebuild, verify, hide, backup, merge");
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* what, int (*run)(const StoreOptions&)) {
        CLI::App* part = command->add_subcommand(name, what);
        part->callback([&chosen, options, run] { chosen = of_store([options, run] { return run(*options); }); });
        return part;
    };
    const auto with_store = [&](CLI::App* part) {
        part->add_option("--store", options->store, "The store (ATTNSWEEP_STORE)")->capture_default_str();
    };
    CLI::App* anew =
        add("rebuild", "Rebuilds the database from the files beside it; the previous one is kept", rebuild);
    with_store(anew);
    anew->add_flag("--drop-missing", options->drop_missing,
                   "Rebuild even if the database has results whose files are missing: they are lost (default: they are "
                   "listed, nothing is changed, and the exit code is 5)");
    with_store(add("verify", "Compares the database with its files; exits with code 5 if something is wrong", verify));
    for (const auto& [name, what, run] :
         {std::tuple{"hide",
                     "Hides a sweep or a trial: it is kept, but is in no report, query or ranking unless it is named",
                     +[](const StoreOptions& given) { return set_hidden(given, true); }},
          std::tuple{"unhide", "Shows a hidden sweep or trial again",
                     +[](const StoreOptions& given) { return set_hidden(given, false); }}}) {
        CLI::App* part = add(name, what, run);
        with_store(part);
        part->add_option("NAME", options->first, "A sweep by name, or a trial by label or id")->required();
    }
    CLI::App* copy = add("backup", "Makes a consistent copy, also while a run writes", backup);
    with_store(copy);
    copy->add_option("OUT", options->out, "The copy, for example backup.db; must not exist")->required();
    CLI::App* both =
        add("merge", "Merges two stores into a new one; if a trial is done in both, the first store's result counts",
            merge);
    both->add_option("FIRST", options->first, "A store")->required();
    both->add_option("SECOND", options->second, "Another store; its attempts are numbered after those of FIRST")
        ->required();
    both->add_option("--out", options->out, "The new store; must not exist")->required();
    command->footer("Examples:\n"
                    "  attnsweep store verify --store results.db\n"
                    "  attnsweep store rebuild --store results.db\n"
                    "  attnsweep store hide probe\n"
                    "  attnsweep store backup backup.db --store results.db\n"
                    "  attnsweep store merge here.db there.db --out both.db");
}

}  // namespace attnsweep::runner
