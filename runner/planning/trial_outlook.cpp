#include "runner/planning/trial_outlook.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "files/error.h"
#include "files/lease.h"
#include "runner/checkpoint_file.h"
#include "runner/node/fence.h"
#include "runner/planning/attempts_on_disk.h"
#include "runner/planning/sweep_difference.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

/// One of the stores behind a store: itself, or a folder's part.
struct Place {
    fs::path files;
    std::optional<files::Lease::Holder> holder;
};

class Looking {
public:
    Looking(const configs::Sweep& sweep, const store::Store* store, const store::RevisionEntry* before,
            std::uintmax_t check_bytes)
        : store_(store), check_bytes_(check_bytes)
    {
        if (store_ != nullptr) {
            for (const fs::path& part : store_->parts()) {
                const fs::path files = store::folder_beside(fs::absolute(part).lexically_normal());
                places_.push_back({files, files::Lease::holder(files / "lease")});
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

    TrialOutlook at(const configs::Trial& trial, const store::TrialState& state)
    {
        if (state.status == store::Status::done) {
            return {PlannedAction::done, "", 1, 0, {}};
        }
        if (store_ == nullptr) {
            return {};
        }
        const std::vector<store::AttemptEntry> attempts = store::attempts_of(*store_, trial.id);
        std::map<std::string, int> failures;
        std::optional<configs::Failure> failure;  // of the newest attempt
        if (state.status == store::Status::failed) {
            failure = state.last_failure;
        }
        std::vector<fs::path> folders;  // of attempts, newest first
        for (const Place& place : places_) {
            const fs::path folder = place.files / "trials" / trial.id;
            std::error_code ignored;
            AttemptsOnDisk here = attempts_on_disk(folder, trial.id);
            // A failed one says more as a failure than as something to be taken in.
            const configs::Failure* failed = here.newest_failure();
            if (here.has_success() ||
                (failed == nullptr && fs::exists(place.files / "pending" / (trial.id + ".json"), ignored))) {
                return {PlannedAction::waits,
                        "its result is a file that is not in the store yet: the next run takes it in",
                        1,
                        0,
                        {}};
            }
            if (failed != nullptr) {
                failure = *failed;
            }
            for (const auto& [kind, count] : here.failures) {
                failures[kind] += count;
            }
            for (const int number : here.numbers) {
                folders.push_back(folder / fmt::format("attempt-{}", number));
            }
        }
        if (!attempts.empty() && attempts.front().outcome.empty()) {
            if (const Place* place = place_of(attempts.front()); place != nullptr && place->holder) {
                return running(trial, attempts.front(), *place->holder);
            }
        }
        for (const fs::path& folder : folders) {
            if (still_lives(folder)) {
                return {PlannedAction::waits,
                        "the process of its last attempt is still ending on this machine; the next run waits for it",
                        1,
                        0,
                        {}};
            }
        }

        TrialOutlook standing = going_on(folders);
        const std::string ended = last_end(attempts);
        if (failure) {
            const FailureCount count = count_of(*failure, failures);
            const std::string what =
                fmt::format("failed ({}) {} of {}: {}", failure->kind, count.seen, count.allowed, failure->message);
            if (count.is_set_aside()) {
                standing = {PlannedAction::given_up, what + "; run --retry failed takes it up again", 1, 0, {}};
                return standing;
            }
            add(standing, what);
        } else {
            add(standing, ended);
        }
        if (standing.stand == PlannedAction::fresh && !attempts.empty()) {
            standing.stand = PlannedAction::again;
            if (damaged_ == 0) {
                add(standing, "it left no checkpoint");
            }
        }
        if (standing.stand == PlannedAction::fresh) {
            if (const auto known = before_.find(trial.label); known != before_.end()) {
                standing.stand = PlannedAction::again;
                standing.why = (known->second->is_done ? "done under other settings: " : "settings changed: ") +
                               changes_between(nlohmann::json::parse(store::trial_settings(*store_, known->second->id)),
                                               nlohmann::json(trial.spec));
            }
        }
        return standing;
    }

private:
    static void add(TrialOutlook& standing, const std::string& why)
    {
        if (!why.empty()) {
            standing.why += (standing.why.empty() ? "" : "; ") + why;
        }
    }

    const Place* place_of(const store::AttemptEntry& attempt) const
    {
        for (const Place& place : places_) {
            if (attempt.folder.string().starts_with(place.files.string() + "/")) {
                return &place;
            }
        }
        return nullptr;
    }

    TrialOutlook running(const configs::Trial& trial, const store::AttemptEntry& attempt,
                         const files::Lease::Holder& holder) const
    {
        TrialOutlook standing;
        standing.stand = PlannedAction::running;
        standing.epochs_done = attempt.epochs;
        standing.from_epoch = std::min(attempt.epochs + 1, trial.spec.training.max_epochs);
        standing.why = fmt::format("on {}{}, epoch {} of at most {}, since {}; run by process {} on {}", attempt.host,
                                   attempt.device.empty() || attempt.device == "auto" ? "" : " " + attempt.device,
                                   standing.from_epoch, trial.spec.training.max_epochs, attempt.started_at, holder.pid,
                                   holder.host);
        return standing;
    }

    static std::string last_end(const std::vector<store::AttemptEntry>& attempts)
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

    /// resumes, with its checkpoint; else fresh.
    TrialOutlook going_on(const std::vector<fs::path>& folders)
    {
        TrialOutlook standing;
        damaged_ = 0;
        std::string passed_over;
        for (const CheckpointFile& file : checkpoint_files(folders)) {
            const std::optional<bool> whole = is_whole(file.path);
            if (whole && !*whole) {
                ++damaged_;
                passed_over += (passed_over.empty() ? "" : ", ") + short_name(file.path);
                continue;
            }
            standing.stand = PlannedAction::resumes;
            standing.checkpoint = file.path;
            standing.from_epoch = file.epoch;
            standing.epochs_done = file.epochs_done();
            if (!whole) {
                standing.why = "checkpoint not checked";
            }
            break;
        }
        if (damaged_ > 0) {
            add(standing, fmt::format("checkpoint damaged: {}", passed_over));
        }
        return standing;
    }

    static std::string short_name(const fs::path& checkpoint)
    {
        return (checkpoint.parent_path().filename() / checkpoint.filename()).string();
    }

    /// Nothing: not looked at.
    std::optional<bool> is_whole(const fs::path& checkpoint)
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

    const store::Store* store_;
    std::uintmax_t check_bytes_;
    std::vector<Place> places_;
    std::map<std::string, const store::RevisionTrial*> before_;  // of the same label, another trial
    int damaged_ = 0;                                            // checkpoints of the trial looked at last
};

}  // namespace

std::string to_string(PlannedAction stand)
{
    switch (stand) {
    case PlannedAction::done:
        return "done";
    case PlannedAction::running:
        return "running";
    case PlannedAction::waits:
        return "waits";
    case PlannedAction::resumes:
        return "resumes";
    case PlannedAction::again:
        return "runs again";
    case PlannedAction::fresh:
        return "to run";
    case PlannedAction::given_up:
        return "set aside";
    }
    return "to run";
}

std::vector<TrialOutlook> standings(const configs::Sweep& sweep, const store::Store* store,
                                    const store::RevisionEntry* before, std::uintmax_t check_bytes)
{
    // Mostly all are done or none is: the done ones in one go, only the others one by one.
    const std::unordered_set<std::string> done =
        store != nullptr ? store->done_trials() : std::unordered_set<std::string>();
    Looking looking(sweep, store, before, check_bytes);
    std::vector<TrialOutlook> all;
    all.reserve(sweep.trials.size());
    for (const configs::Trial& trial : sweep.trials) {
        if (done.contains(trial.id)) {
            all.push_back({PlannedAction::done, "", 1, 0, {}});
        } else {
            all.push_back(
                looking.at(trial, store != nullptr ? store->states({trial.id}).front() : store::TrialState{}));
        }
    }
    return all;
}

}  // namespace attnsweep::runner
