#include "runner/planning/trial_survey.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/failure_policy.h"
#include "configs/names.h"
#include "files/checkpoint_file.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/node/fence.h"
#include "runner/planning/attempts_on_disk.h"
#include "runner/planning/sweep_difference.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

void add(std::string& why, const std::string& more)
{
    if (!more.empty()) {
        why += (why.empty() ? "" : "; ") + more;
    }
}

fs::path files_of(const fs::path& store)
{
    return store::folder_beside(fs::absolute(store).lexically_normal());
}

std::string last_end(const std::vector<store::AttemptEntry>& attempts)
{
    if (attempts.empty()) {
        return "";
    }
    const store::AttemptEntry& last = attempts.front();
    if (last.outcome == "drained") {
        return fmt::format("drained {}", last.ended_at);
    }
    if (last.outcome == "interrupted") {
        return fmt::format("interrupted on {}", last.host);
    }
    return last.outcome.empty() ? fmt::format("interrupted: whoever ran it on {} is gone", last.host) : "";
}

std::string short_name(const fs::path& checkpoint)
{
    return (checkpoint.parent_path().filename() / checkpoint.filename()).string();
}

}  // namespace

TrialSurvey::TrialSurvey(const configs::Sweep& sweep, const store::Store* store, const store::RevisionEntry* before,
                         std::uintmax_t check_bytes)
    : store_(store), check_bytes_(check_bytes)
{
    if (store_ != nullptr) {
        // Usually all or none are done: the done ones are read in one query, only the others one by one.
        done_ = store_->done_trials();
        for (const fs::path& part : store_->parts()) {
            parts_.push_back({files_of(part), files::Lease::holder(files_of(part) / "lease")});
        }
    }
    if (before != nullptr) {
        std::unordered_map<std::string_view, const configs::Trial*> now;
        for (const configs::Trial& trial : sweep.trials) {
            now.emplace(trial.label, &trial);
        }
        for (const store::RevisionTrial& trial : before->trials) {
            if (const auto found = now.find(trial.label); found != now.end() && found->second->id != trial.id) {
                before_.emplace(trial.label, &trial);
            }
        }
    }
}

TrialSurvey::TrialSurvey(store::Store& store, bool retry_failed, std::unordered_set<std::string> again)
    : store_(&store), writer_(&store), retry_failed_(retry_failed), done_(store.done_trials()),
      again_(std::move(again)), parts_{{files_of(store.path()), {}}}
{
}

TrialOutlook TrialSurvey::of(const configs::Trial& trial)
{
    TrialOutlook done;
    done.action = PlannedAction::done;
    if (done_.contains(trial.id)) {
        return again_.contains(trial.id) ? again(trial) : done;
    }
    if (store_ == nullptr) {
        return {};
    }
    store::TrialState state = store_->states({trial.id}).front();
    if (state.status == store::Status::done) {
        return done;
    }
    Found found = find_attempts(trial);
    if (writer_ != nullptr && !found.results.empty()) {
        writer_->commit(found.results);  // new to the store only if it never got into pending/
        state = store_->states({trial.id}).front();
        if (state.status == store::Status::done) {
            return done;
        }
    }
    TrialOutlook outlook = std::move(found.outlook);
    if (writer_ == nullptr && found.has_result_to_import) {
        outlook.action = PlannedAction::waits;
        outlook.why = "its result is a file that is not in the store yet: the next run imports it";
        return outlook;
    }
    outlook.last_attempt = std::max(outlook.last_attempt, state.attempts);
    if (state.status == store::Status::failed) {
        outlook.failure = state.last_failure;
    }
    if (writer_ == nullptr && found.newest_failure) {
        outlook.failure = std::move(found.newest_failure);  // the store may not have it yet
    }
    if (retry_failed_) {
        outlook.failures.clear();
        outlook.failure.reset();
    }
    std::vector<store::AttemptEntry> attempts;
    if (state.attempts > 0) {
        attempts = store::attempts_of(*store_, trial.id);
    }
    if (writer_ == nullptr && is_taken(outlook, trial, attempts)) {
        return outlook;
    }
    if (outlook.failure) {
        const FailureCount count = count_of(*outlook.failure, outlook.failures);
        const std::string what = fmt::format("failed ({}) {} of {}: {}", to_string(outlook.failure->kind), count.seen,
                                             count.allowed, outlook.failure->message);
        if (count.is_given_up) {
            outlook.action = PlannedAction::given_up;
            outlook.why =
                what + (configs::repeats_itself(outlook.failure->kind) ? "; the same seeds give the same again"
                                                                       : "; run --retry failed runs it again");
            return outlook;
        }
        find_checkpoint(outlook);
        add(outlook.why, what);
    } else {
        find_checkpoint(outlook);
        add(outlook.why, last_end(attempts));
    }
    if (outlook.action == PlannedAction::fresh && !attempts.empty()) {
        outlook.action = PlannedAction::again;
        add(outlook.why, damaged_ == 0 ? "it left no checkpoint" : "");
    }
    if (outlook.action == PlannedAction::fresh && before_.contains(trial.label)) {
        outlook.action = PlannedAction::again;
        outlook.why = changed_settings(trial);
    }
    return outlook;
}

TrialOutlook TrialSurvey::again(const configs::Trial& trial)
{
    Found found = find_attempts(trial);
    writer_->commit(found.results);  // new to the store only if it never got into pending/
    TrialOutlook outlook = std::move(found.outlook);
    int newest_done = 0;
    for (const store::AttemptEntry& attempt : store::attempts_of(*store_, trial.id)) {
        outlook.last_attempt = std::max(outlook.last_attempt, attempt.number);
        newest_done = std::max(newest_done, attempt.outcome == "done" ? attempt.number : 0);
    }
    // From a checkpoint of the attempt that is done it would train the last batches alone, and agree.
    std::erase_if(outlook.attempt_folders,
                  [&](const fs::path& folder) { return store::attempt_number(folder) <= newest_done; });
    outlook.failures.clear();
    find_checkpoint(outlook);
    if (outlook.action != PlannedAction::resumes) {
        outlook.action = PlannedAction::again;
    }
    add(outlook.why, "done before, and asked for again");
    return outlook;
}

TrialSurvey::Found TrialSurvey::find_attempts(const configs::Trial& trial) const
{
    Found found;
    for (const Part& part : parts_) {
        const fs::path folder = part.files / "trials" / trial.id;
        std::error_code ignored;
        AttemptsOnDisk here = attempts_on_disk(folder, trial.id);
        // A failed result is shown as a failure, not as one to be imported.
        const configs::Failure* failed = here.newest_failure();
        found.has_result_to_import =
            found.has_result_to_import || here.has_success() ||
            (failed == nullptr && fs::exists(part.files / "pending" / (trial.id + ".json"), ignored));
        if (failed != nullptr) {
            found.newest_failure = *failed;
        }
        for (const auto& [kind, count] : here.failures) {
            found.outlook.failures[kind] += count;
        }
        for (const int number : here.numbers) {
            found.outlook.attempt_folders.push_back(folder / fmt::format("attempt-{}", number));
            found.outlook.last_attempt = std::max(found.outlook.last_attempt, number);
        }
        std::move(here.results.begin(), here.results.end(), std::back_inserter(found.results));
    }
    return found;
}

const TrialSurvey::Part* TrialSurvey::part_of(const store::AttemptEntry& attempt) const
{
    const auto found = std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) {
        return attempt.folder.string().starts_with(part.files.string() + "/");
    });
    return found == parts_.end() ? nullptr : &*found;
}

bool TrialSurvey::is_taken(TrialOutlook& outlook, const configs::Trial& trial,
                           const std::vector<store::AttemptEntry>& attempts) const
{
    if (!attempts.empty() && attempts.front().outcome.empty()) {
        const store::AttemptEntry& attempt = attempts.front();
        if (const Part* part = part_of(attempt); part != nullptr && part->holder) {
            outlook.action = PlannedAction::running;
            outlook.epochs_done = attempt.epochs;
            outlook.from_epoch = std::min(attempt.epochs + 1, trial.spec.training.max_epochs);
            outlook.why = fmt::format(
                "on {}{}, epoch {} of at most {}, since {}; run by process {} on {}", attempt.host,
                attempt.device.empty() || attempt.device == "auto" ? "" : " " + attempt.device, outlook.from_epoch,
                trial.spec.training.max_epochs, attempt.started_at, part->holder->pid, part->holder->host);
            return true;
        }
    }
    if (std::any_of(outlook.attempt_folders.begin(), outlook.attempt_folders.end(), still_lives)) {
        outlook.action = PlannedAction::waits;
        outlook.why = "the process of its last attempt is still ending on this machine; the next run waits for it";
        return true;
    }
    return false;
}

void TrialSurvey::find_checkpoint(TrialOutlook& outlook)
{
    damaged_ = 0;
    std::string passed_over;
    for (const files::CheckpointFile& file : files::checkpoint_files(outlook.attempt_folders)) {
        const std::optional<bool> whole = is_whole(file.path);
        if (whole && !*whole) {
            ++damaged_;
            passed_over += (passed_over.empty() ? "" : ", ") + short_name(file.path);
            continue;
        }
        outlook.action = PlannedAction::resumes;
        outlook.checkpoint = file.path;
        outlook.from_epoch = file.epoch;
        outlook.epochs_done = file.epochs_done();
        if (!whole) {
            outlook.why = "checkpoint not checked";
        }
        break;
    }
    if (damaged_ > 0) {
        add(outlook.why, fmt::format("checkpoint damaged: {}", passed_over));
    }
}

/// Returns whether the checkpoint is intact, or nothing if it was not checked.
std::optional<bool> TrialSurvey::is_whole(const fs::path& checkpoint)
{
    std::error_code code;
    const std::uintmax_t bytes = fs::file_size(checkpoint, code);
    if (code || bytes > check_bytes_) {
        return std::nullopt;
    }
    check_bytes_ -= bytes;
    try {
        files::read_checked(checkpoint);
        return true;
    } catch (const files::Error& error) {
        return error.code() == 0 ? std::optional(false) : std::nullopt;
    }
}

std::string TrialSurvey::changed_settings(const configs::Trial& trial) const
{
    const store::RevisionTrial& earlier = *before_.at(trial.label);
    return (earlier.is_done ? "done under other settings: " : "settings changed: ") +
           changes_between(nlohmann::json::parse(store::trial_settings(*store_, earlier.id)),
                           nlohmann::json(trial.spec));
}

std::vector<TrialOutlook> outlooks_of(const configs::Sweep& sweep, const store::Store* store,
                                      const store::RevisionEntry* before, std::uintmax_t check_bytes)
{
    TrialSurvey survey(sweep, store, before, check_bytes);
    std::vector<TrialOutlook> outlooks;
    outlooks.reserve(sweep.trials.size());
    for (const configs::Trial& trial : sweep.trials) {
        outlooks.push_back(survey.of(trial));
    }
    return outlooks;
}

}  // namespace attnsweep::runner
