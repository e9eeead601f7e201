#include "runner/rank/run_context.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "configs/names.h"
#include "data/data_set.h"
#include "files/checkpoint_file.h"
#include "files/durable_file.h"
#include "runner/attempt_files.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "runner/node/gpus.h"
#include "runner/node/node.h"
#include "runner/node/preflight.h"
#include "runner/node/slots.h"
#include "runner/planning/again_request.h"
#include "runner/planning/attempts_on_disk.h"
#include "runner/planning/expected_memory.h"
#include "runner/planning/only_trials.h"
#include "runner/planning/refit.h"
#include "runner/planning/run_refusals.h"
#include "runner/planning/sweep_part.h"
#include "runner/planning/time_limit.h"
#include "runner/planning/trial_timing.h"
#include "runner/utc_time.h"
#include "store/annotations.h"
#include "store/maintenance/rebuild.h"
#include "store/pending.h"
#include "store/reading/history.h"
#include "store/reading/sweeps.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

void tell(const std::string& text)
{
    std::fputs(fmt::format("attnsweep: {}\n", on_one_line(text)).c_str(), stderr);
}

configs::Sweep read_sweep(const RunOptions& options)
{
    configs::Sweep sweep = configs::read_sweep(options.sweep, options.overrides, data::describe(options.data));
    if (!options.device.empty()) {
        sweep.execution.device = options.device;
    }
    if (options.threads > 0) {
        sweep.execution.threads = options.threads;
    }
    return sweep;
}

/// Refuses a file of something else before anything is made beside it.
void refuse_other_file(const fs::path& store)
{
    std::error_code none;
    if (!fs::is_regular_file(store, none)) {
        if (fs::exists(store, none) && !fs::is_directory(store, none)) {
            (void)store::Store::open_to_read(store);  // a pipe or a device
        }
        return;
    }
    constexpr std::string_view beginning = "SQLite format 3";
    std::string found(beginning.size(), '\0');
    std::ifstream file(store, std::ios::binary);
    file.read(found.data(), static_cast<std::streamsize>(found.size()));
    found.resize(static_cast<std::size_t>(file.gcount()));
    if (!found.empty() && found != beginning) {
        (void)store::Store::open_to_read(store);  // throws, and says what it is not
    }
}

void make_folders(const fs::path& store, const fs::path& store_folder)
{
    try {
        files::create_folders(store_folder / "pending");
        files::create_folders(store_folder / "trials");
    } catch (const std::exception& error) {
        throw Error(fmt::format("the store {} cannot be created: {}", store.string(), error.what()),
                    exit_code_of(error, exit_store) == exit_no_space ? exit_no_space : exit_store);
    }
}

std::unique_ptr<files::Lease> take_lease(const fs::path& store_folder)
{
    files::Lease::Settings settings = files::Lease::default_settings();
    settings.waits = tell;
    return std::make_unique<files::Lease>(store_folder / "lease", std::move(settings));
}

JobTime time_of_run(const RunOptions& options)
{
    return options.time_limit_s ? JobTime{options.time_limit_s, "--time-limit"} : job_time();
}

/// Refuses a limit that can never be met; the next job's may be met.
void refuse_too_short(const RunOptions& options, const JobTime& time, const RemainingTrials& remaining,
                      std::vector<std::string>& notices)
{
    double first_checkpoint_s = std::numeric_limits<double>::infinity();
    for (const scheduler::PlannedTrial& trial : remaining.left) {
        first_checkpoint_s = std::min(first_checkpoint_s, trial.first_checkpoint_s);
    }
    const std::string why =
        remaining.left.empty() ? std::string() : too_short_for_any(time, options.grace_s, first_checkpoint_s);
    if (why.empty()) {
        return;
    }
    if (options.time_limit_s) {
        throw Error(why, exit_usage);
    }
    notices.push_back(why);
}

/// Refuses what no trial can do on this node where it is the only one; else each node says it of itself.
void refuse_precision(const configs::Sweep& sweep, const RemainingTrials& remaining, configs::DeviceKind device_kind)
{
    const bool is_known = sweep.execution.device == "cpu" || !launch_from_environment().under_launcher;
    if (device_kind != configs::DeviceKind::cpu || !is_known) {
        return;
    }
    std::set<std::string> precisions;
    for (const configs::Trial& trial : sweep.trials) {
        if (remaining.durations.contains(trial.id)) {
            precisions.insert(configs::to_string(trial.spec.training.precision));
        }
    }
    const PrecisionProblem problem = precision_problem_on_cpu({precisions.begin(), precisions.end()});
    if (!problem.wrong.empty()) {
        throw Error(fmt::format("{}: {}; {}", sweep.path, problem.wrong, problem.remedy), exit_usage);
    }
}

std::optional<std::chrono::steady_clock::time_point> end_of_run(const JobTime& time)
{
    constexpr double for_ever_s = 3e9;  // more would not fit the clock
    if (!time.left_s) {
        return std::nullopt;
    }
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                  std::chrono::duration<double>(std::min(*time.left_s, for_ever_s)));
}

/// Reduces the sweep to one part. Returns a notice about it for people.
std::string take_part(configs::Sweep& sweep, const store::Part& part, const fs::path& store)
{
    const std::size_t all = sweep.trials.size();
    sweep = share_of(sweep, part);
    sweep.name += fmt::format(" part {}/{}", part.number, part.of);
    const std::size_t mine = sweep.trials.size();
    const int elsewhere = drop_done_elsewhere(sweep, store);
    return fmt::format("{}: {} of the sweep's {} trials{}", sweep.name, mine, all,
                       elsewhere > 0 ? fmt::format(", {} of them done in other parts", elsewhere) : "");
}

/// What is said of a sweep that is not the newest revision that the store had of its name; empty if it is, or is the first.
std::string words_of_revision(const configs::Sweep& sweep, const std::optional<store::RevisionEntry>& before,
                              const store::Store& store)
{
    const int number = store::find_sweep(store, sweep.name).revision;
    if (!before || before->number == number) {
        return {};
    }
    std::unordered_set<std::string> ids;
    for (const configs::Trial& trial : sweep.trials) {
        ids.insert(trial.id);
    }
    const auto left = std::count_if(before->trials.begin(), before->trials.end(),
                                    [&](const store::RevisionTrial& trial) { return !ids.contains(trial.id); });
    if (left == 0) {
        return fmt::format("{}: this is revision {}, with all trials of revision {}", sweep.name, number,
                           before->number);
    }
    return fmt::format(
        "{}: this is revision {} of the sweep, which status, report and query show from now on. {} of the "
        "{} trials of revision {} ({}) leave it; they are kept, as {}@{}. To try something beside a "
        "sweep, run it with --name NAME",
        sweep.name, number, left, before->trials.size(), before->number, before->path, sweep.name, before->number);
}

store::ImportReport import_results(store::Store& store, bool new_store, store::PublishedStore* published)
{
    store::ImportReport imported = new_store ? store::import_attempt_folders(store) : store::import_pending(store, [&] {
        if (published) {
            published->publish(store);
        }
    });
    for (const auto& damaged : imported.damaged) {
        tell(fmt::format("{}: ignored a result that cannot be read: {}", damaged.file.string(), damaged.reason));
    }
    return imported;
}

/// Removes the checkpoints of trials whose results were imported only now, so that no rank is left to remove them.
void retire_checkpoints_of(const std::vector<std::string>& trials, const configs::Sweep& sweep,
                           const fs::path& store_folder)
{
    if (keep_from(sweep.execution.keep).checkpoints) {
        return;
    }
    // A lost store imports all of a sweep: hence a set.
    const std::unordered_set<std::string> imported(trials.begin(), trials.end());
    for (const configs::Trial& trial : sweep.trials) {
        if (!imported.contains(trial.id)) {
            continue;
        }
        const AttemptsOnDisk attempts = attempts_on_disk(store_folder / "trials" / trial.id, trial.id);
        if (!attempts.has_success()) {
            continue;
        }
        std::vector<fs::path> folders;
        for (const int number : attempts.numbers) {
            folders.push_back(store::attempt_folder_in(store_folder, trial.id, number));
        }
        files::remove_checkpoints(folders);
    }
}

/// Completes each trial left with what the scheduler needs beside its duration, and notes whose clips fit. Returns the planned epochs.
MeasuredEpochs complete(RemainingTrials& remaining, const configs::Sweep& sweep, ExpectedMemory& memory,
                        std::set<std::string>& clips_fit)
{
    MeasuredEpochs epochs(sweep.execution.checkpoint_every_s);
    std::map<std::string, const configs::Trial*> by_id;
    for (const configs::Trial& trial : sweep.trials) {
        if (remaining.durations.contains(trial.id)) {
            by_id[trial.id] = &trial;
        }
    }
    for (scheduler::PlannedTrial& planned : remaining.left) {
        const configs::Trial& trial = *by_id.at(planned.id);
        const double epoch_s = remaining.durations.at(planned.id).epoch_s;
        epochs.plan(trial.configuration, epoch_s);
        planned.first_checkpoint_s = first_checkpoint_s(sweep.execution.checkpoint_every_s, epoch_s);
        planned.memory = memory.of(trial);
        if (memory.clips_fit(trial)) {
            clips_fit.insert(trial.configuration);
        }
        planned.most_devices = trial.spec.training.batch_size;
    }
    return epochs;
}

}  // namespace

RunContext open_run(const RunOptions& options, EventLoopQueue& loop_queue)
{
    const auto began = std::chrono::steady_clock::now();
    configs::Sweep sweep = read_sweep(options);
    const fs::path store_path = store_to_write(options.store, options.part);
    const fs::path store_folder = store::folder_beside(store_path);
    refuse_other_file(store_path);
    if (!options.refit.empty()) {
        sweep = refit_of(sweep, store::Store::open_to_read(options.store), options.refit);
    }
    const std::unordered_set<std::string> chosen = ids_of(options.only, sweep);
    SplitCheck splits(options.data);
    splits.refuse_empty(sweep, [](std::size_t) { return true; });
    if (!fs::exists(store_path) && !fs::exists(store_folder) && !launch_from_environment().under_launcher) {
        refuse_too_many_threads(this_node({}),
                                sweep.execution.threads);  // else each node does, beside a store without a trial
    }
    const bool has_lost_files = fs::exists(store_path) && !fs::exists(store_folder);
    make_folders(store_path, store_folder);
    std::unique_ptr<files::Lease> lease = take_lease(store_folder);
    // From here on, since copying or rebuilding a store may take longer than a lease lasts without renewal.
    auto keeper = std::make_unique<LeaseKeeper>(*lease, loop_queue);
    const bool new_store = !fs::exists(store_path);
    if (new_store && fs::exists(store_folder / "revisions")) {
        const store::Rebuilt rebuilt = store::rebuild(store_path, lease.get());
        tell(fmt::format("{} was lost and is rebuilt from {}: {} trial(s) done", store_path.string(),
                         store_folder.string(), rebuilt.done));
    }
    std::unique_ptr<store::PublishedStore> published;
    if (store::is_published(store_path)) {
        published = std::make_unique<store::PublishedStore>(store_path, *lease);
    }
    store::Store store = published ? published->open() : store::Store::open_to_write(store_path);
    store.guard_commits([held = lease.get()] { held->check(); });
    // The sweep first: a result is imported only for a trial the store knows. The store knows the whole sweep; from then on
    // it is the part that is run and counted.
    const std::optional<store::RevisionEntry> before = store::newest_revision(store, sweep.name);
    std::vector<std::string> notices;
    if (!options.refit.empty()) {
        // Before it is recorded, so that it is never in sight; once, so that whoever shows it means it.
        store::annotate_once(store, {store::Annotation::Kind::hidden, sweep.name, {}, {}, {}, "1"});
        notices.push_back(
            fmt::format("{} is kept out of reports and rankings; `attnsweep predict --trial {}:{} FILE` uses it",
                        sweep.name, sweep.name, sweep.trials.back().label));
    }
    if (const std::size_t done = has_lost_files ? store.done_trials().size() : 0; done > 0) {
        notices.push_back(
            fmt::format("{} was missing, which holds the files of {} done trial{}, logs and weights too; a new "
                        "folder is made. If the database was copied or moved without it, end this run, put that "
                        "folder in place of the new one, and run again",
                        store_folder.string(), done, done == 1 ? "" : "s"));
    }
    store.record_sweep(sweep);
    if (std::string words = words_of_revision(sweep, before, store); !words.empty()) {
        notices.push_back(std::move(words));
    }
    store::annotate_revision(store, sweep.name, options.annotations);
    const std::string recorded_as = sweep.name;
    if (options.part) {
        notices.push_back(take_part(sweep, *options.part, store_path));
    }
    if (std::string words = keep_only(sweep, options.only, chosen); !words.empty()) {
        notices.push_back(std::move(words));
    }
    const JobTime time = time_of_run(options);
    const auto ends_at = end_of_run(time);
    if (!time.notice.empty()) {
        notices.push_back(time.notice);
    }
    const store::ImportReport imported = import_results(store, new_store, published.get());
    retire_checkpoints_of(imported.committed, sweep, store_folder);
    store.interrupt_open_attempts(utc_now());
    const std::vector<Gpu> gpus = visible_gpus();
    const configs::DeviceKind device_kind = device_kind_of(sweep.execution.device, !gpus.empty());
    const DurationModel durations(sweep, device_kind, store::epoch_times(store),
                                  store::time_around_epochs(store, device_kind));
    RemainingTrials remaining = remaining_trials(sweep, store, durations, options.retry_failed,
                                                 options.again ? left_of_again(store_folder, store, chosen)
                                                               : std::unordered_set<std::string>());
    for (std::string& note :
         splits.refuse_empty(sweep, [&](std::size_t i) { return remaining.durations.contains(sweep.trials[i].id); })) {
        notices.push_back(std::move(note));
    }
    if (options.slots_per_device > 0) {
        sweep.execution.slots_per_device = options.slots_per_device;
    }
    ExpectedMemory memory(sweep.execution, sweep.data.clips, device_kind, smallest_gpu_bytes(gpus));
    std::set<std::string> clips_fit;
    MeasuredEpochs epochs = complete(remaining, sweep, memory, clips_fit);
    refuse_too_short(options, time, remaining, notices);
    refuse_precision(sweep, remaining, device_kind);
    // Before any attempt: the journal's entry of an attempt can be used only if its sweep is known.
    if (published) {
        published->publish(store);
    }
    return {began,
            recorded_as,
            std::move(sweep),
            fs::absolute(options.data),
            store_folder,
            store_folder / "pending",
            std::move(lease),
            std::move(keeper),
            std::move(published),
            std::move(store),
            std::move(remaining),
            std::move(epochs),
            ends_at,
            std::move(notices),
            durations.speed(),
            std::move(clips_fit)};
}

}  // namespace attnsweep::runner
