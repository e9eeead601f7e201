#include "runner/run_options.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include <CLI/CLI.hpp>

#include "configs/override.h"
#include "runner/command_line_words.h"
#include "runner/path_options.h"
#include "runner/planning/time_limit.h"
#include "runner/value_checks.h"
#include "runner/version.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

/// Throws CLI::ValidationError.
std::vector<store::Annotation> annotations_of(const std::vector<std::string>& tags,
                                              const std::optional<std::string>& note)
{
    std::vector<store::Annotation> annotations;
    for (const std::string& tag : tags) {
        const std::size_t equals = tag.find('=');
        const std::string key = tag.substr(0, equals);
        if (equals == std::string::npos) {
            throw CLI::ValidationError(
                "--tag", "'" + tag + "': expected KEY=VALUE, such as --tag microphone=old; KEY= removes it");
        }
        if (const std::string wrong = store::wrong_tag_name(key); !wrong.empty()) {
            // NOLINTNEXTLINE(performance-inefficient-string-concatenation): thrown once
            throw CLI::ValidationError("--tag", "'" + tag + "': the name '" + key + "': " + wrong);
        }
        annotations.push_back({store::Annotation::Kind::tag, {}, {}, {}, key, tag.substr(equals + 1)});
    }
    if (note) {
        annotations.push_back({store::Annotation::Kind::note, {}, {}, {}, {}, *note});
    }
    return annotations;
}

/// Throws CLI::ValidationError.
void take_again(RunOptions& options, const std::vector<std::string>& again)
{
    if (again.empty()) {
        return;
    }
    if (!options.only.is_all()) {
        throw CLI::ValidationError("--again", "names the trials to run by itself: give it without --only and --where");
    }
    options.only.patterns = again;
    options.only.option = "--again";
    options.again = true;
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv, bool speaks)
{
    RunOptions options;
    const char* store = std::getenv("ATTNSWEEP_STORE");
    options.store = store::database_behind(store != nullptr && *store != '\0' ? store : "results.db").string();
    std::string retry, part, time_limit, keep, name;
    std::vector<std::string> again, tags;
    std::optional<std::string> note;

    CLI::App app(
        "Runs the missing trials of a sweep: finished trials are kept, unfinished ones resume from their last\n"
        "checkpoint. After Ctrl-C, a crash or a power cut, rerun the command to resume.",
        "attnsweep run");
    app.set_version_flag("--version", "attnsweep-run " + version_text());
    app.get_formatter()->column_width(34);
    app.add_option("SWEEP", options.sweep, "The sweep file, for example configs/paper.toml")->required();
    app.add_option("--data", options.data, "The data set (a folder of shards, made by attnsweep ingest)")->required();
    app.add_option("--store", options.store, "Where results go (ATTNSWEEP_STORE)")->capture_default_str();
    app.add_option("--set", options.overrides, "KEY=VALUE: changes a key of the sweep file; may be repeated")
        ->allow_extra_args(false);
    app.add_option(
        "--name", name,
        "Runs it as a sweep of this name, for a probe beside the sweep in the file; as --set sweep.name=...");
    app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N; default: the sweep's")->check(wrong_device);
    app.add_option("--threads", options.threads, "CPU threads per trial; default: the sweep's")
        ->check(wrong_whole_number);
    app.add_option("--slots", options.slots,
                   "Trials at once per node; default: one per GPU, or one per share of the cores")
        ->check(wrong_whole_number);
    app.add_option("--slots-per-device", options.slots_per_device,
                   "Trials at once per GPU, as far as its memory allows; default: the sweep's (1)")
        ->check(CLI::Range(1, 64));
    app.add_option("--time-limit", time_limit,
                   "H:MM:SS, MM:SS or D-HH:MM:SS until the machine is taken away; default: the end of the job (Slurm, "
                   "PBS, LSF)")
        ->check(wrong_time_limit);
    app.add_option("--progress", options.progress, "auto, live (lines redrawn in place) or plain (a log)")
        ->check(CLI::IsMember({"auto", "live", "plain"}))
        ->capture_default_str();
    app.add_option("--retry", retry, "failed: run again the trials that were given up as failed")
        ->check(CLI::IsMember({"failed"}));
    app.add_option("--only", options.only.patterns,
                   "Run only these trials: labels or configurations, * for any characters ('cqt-r50*'), or ids; may be "
                   "repeated")
        ->allow_extra_args(false);
    app.add_option(
        "--where", options.only.where,
        "Run only trials whose settings meet an SQL condition, as in query: \"attention_ratio > 0 and heads = 4\"");
    app.add_option(
           "--again", again,
           "Run these trials even if they are done, as new attempts: the results of the first go on counting, and "
           "each is\ncompared with it bit for bit; may be repeated")
        ->allow_extra_args(false);
    app.add_option(
           "--refit", options.refit,
           "Instead of the sweep, train this configuration once more, on the training and validation clips together, "
           "for the\nmedian of its repeats' best epochs: as sweep NAME-refit, in no mean; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--tag", tags,
                   "KEY=VALUE: a label for the sweep's revision that this run records, which query finds as tag.KEY; "
                   "KEY= removes "
                   "it; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--note", note, "A sentence about this run, which query shows as note");
    app.add_option(
        "--on-end", options.on_end,
        "Shell command to run once the run has ended, with its counts, exit code and report in ATTNSWEEP_RUN_... "
        "variables");
    app.add_option(
           "--part", part,
           "K/N: run only the K-th of N fixed parts of the sweep, which take about equally long; --store is then a "
           "folder with one store per part")
        ->type_name("K/N");
    app.add_option("--keep", keep,
                   "Files kept of a done trial: weights (last and best), last, best, all (checkpoints too) or none; as "
                   "--set checkpoint.keep=...")
        ->check(CLI::IsMember({"weights", "last", "best", "all", "none"}));
    app.add_option("--grace", options.grace_s,
                   "Seconds that a trial asked to end has for its checkpoint before it is killed")
        ->check(wrong_amount)
        ->capture_default_str();
    app.add_option("--rank-timeout", options.rank_timeout_s,
                   "Seconds after which a rank that does not answer (stopped, frozen) is killed; 0: never")
        ->check(wrong_amount)
        ->capture_default_str()
        ->take_last();
    app.add_option(
           "--hang-after", options.hang_after_s,
           "Seconds without a sign of life (at least 20 times the trial's longest silence so far) after which a "
           "trial\nhangs: its stack is written to its log, it is killed and tried again; 0: never; default: "
           "the sweep's")
        ->check(wrong_amount);
    app.add_option("--stop-after-alike", options.stop_after_alike,
                   "End the sweep if this many trials, the first to end, have all failed alike; 0: never")
        ->check(wrong_count)
        ->capture_default_str();
    app.add_option("--on-bad-node", options.on_bad_node,
                   "stop or leave-out: what to do when a node fails the checks before the first trial")
        ->check(CLI::IsMember({"stop", "leave-out"}))
        ->capture_default_str();
    app.add_flag("--doctor", options.preflight_only, "Only check every node, as each run does; start no trial");
    const std::set<std::string> repeats{"--set", "--only", "--again", "--refit", "--tag"};
    for (CLI::Option* option : app.get_options({})) {
        if (option->get_name().starts_with("--") && !repeats.contains(option->get_name())) {
            option->take_last();
        }
    }
    check_paths(app);
    app.footer(
        "Examples:\n"
        "  attnsweep run configs/quickstart.toml --data shards/ --store results.db\n"
        "  attnsweep run configs/paper.toml --data shards/ --set training.learning_rate=0.01\n"
        "  mpirun -n 8 attnsweep run configs/paper.toml --data shards/ --store results.db\n"
        "  attnsweep run configs/paper.toml --data shards/ --retry failed\n"
        "  attnsweep run configs/paper.toml --data shards/ --only 'cqt-r50*'\n"
        "  attnsweep run configs/paper.toml --data shards/ --part 3/8 --store results.d/\n"
        "  attnsweep run configs/paper.toml --data shards/ --time-limit 3:50:00\n\n"
        "After Ctrl-C (or TERM, USR1, USR2) running trials write a checkpoint, and the run exits with code 75: rerun "
        "the "
        "command to\n"
        "resume. A second Ctrl-C ends it at once. Under mpirun, which ends its ranks by itself, the code is mpirun's "
        "own: "
        "docs/exit-codes.md.\nExit codes: 0 done, 1 failed, 2 command line, 3 bad input file, 4 some trials "
        "failed, 5 store,\n"
        "6 no such device, 7 disk full, 71 nothing can be started, 75 rerun the command.");
    try {
        if (const std::string wrong = wrong_argument(argc, argv); !wrong.empty()) {
            throw CLI::ValidationError(wrong);
        }
        app.parse(argc, argv);
        if (const std::string wrong = wrong_variable(app); !wrong.empty()) {
            throw CLI::ValidationError(wrong);
        }
        if (!part.empty() && !(options.part = store::part_from(part))) {
            throw CLI::ValidationError("--part",
                                       "'" + part + "' is not a part: expected K/N with K from 1 to N, such as 3/8");
        }
        options.annotations = annotations_of(tags, note);
        take_again(options, again);
        if (!options.refit.empty() && options.part) {
            throw CLI::ValidationError("--refit",
                                       "trains few trials, of one store: give it without --part, on a store that "
                                       "`attnsweep store merge` makes of the parts");
        }
        if (!options.refit.empty() && !options.only.is_all()) {
            throw CLI::ValidationError("--refit",
                                       "names what to train by itself: give it without --only, --where and --again");
        }
    } catch (const CLI::ParseError& error) {
        std::ostringstream out, err;
        const int code = app.exit(error, out, err);
        if (speaks) {
            std::fputs(out.str().c_str(), stdout);
            std::fputs(command_line_words(app, error, err.str()).c_str(), stderr);
        }
        // mpirun kills all ranks when the first exits with a code other than 0: rank 0 must have printed its message by then.
        return {std::nullopt, code == 0 || !speaks ? exit_done : exit_usage};
    }
    options.retry_failed = retry == "failed";
    if (!name.empty()) {
        options.overrides.push_back(configs::override_of_name(name));
    }
    if (!keep.empty()) {
        options.overrides.push_back("checkpoint.keep=" + keep);
    }
    if (!time_limit.empty()) {
        options.time_limit_s = time_limit_s(time_limit);
    }
    return {options, exit_done};
}

}  // namespace attnsweep::runner
