#include "runner/rank/coordinator.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "data/data_set.h"
#include "files/durable_file.h"
#include "runner/attempt_files.h"
#include "runner/checkpoint_file.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/node/node.h"
#include "runner/planning/attempts_on_disk.h"
#include "runner/planning/expected_memory.h"
#include "runner/planning/sweep_part.h"
#include "runner/planning/time_limit.h"
#include "runner/planning/trial_timing.h"
#include "runner/utc_time.h"
#include "store/maintenance/maintenance.h"
#include "store/pending.h"
#include "store/published_store.h"

namespace attnsweep::runner {

namespace {

void tell_error(const std::string& text)
{
    std::fputs(text.c_str(), stderr);
}

}  // namespace

Coordinator::Coordinator(const RunOptions& options, bool under_launcher, Messenger& messenger,
                         EventLoopQueue& loop_queue)
    : options_(options), messenger_(messenger), loop_queue_(loop_queue),
      progress_(draws_live(options.progress, under_launcher), stdout)
{
}

Coordinator::~Coordinator()
{
    if (writer_) {
        writer_->abandon();
    }
}

void Coordinator::prepare()
{
    sweep_ = configs::read_sweep(options_.sweep, options_.overrides, data::describe(options_.data));
    if (!options_.device.empty()) {
        sweep_.execution.device = options_.device;
    }
    if (options_.threads > 0) {
        sweep_.execution.threads = options_.threads;
    }

    data_folder_ = std::filesystem::absolute(options_.data);
    store_path_ = store_to_write(options_.store, options_.part);
    store_folder_ = store::folder_beside(store_path_);
    pending_folder_ = store_folder_ / "pending";
    try {
        files::create_folders(pending_folder_);
        files::create_folders(store_folder_ / "trials");
    } catch (const std::exception& error) {
        throw Error(fmt::format("the store {} cannot be made: {}", store_path_.string(), error.what()),
                    exit_code_of(error, exit_store) == exit_no_space ? exit_no_space : exit_store);
    }
    files::Lease::Settings lease_settings = files::Lease::default_settings();
    lease_settings.waits = [](const std::string& text) { tell_error(fmt::format("attnsweep: {}\n", text)); };
    lease_ = std::make_unique<files::Lease>(store_folder_ / "lease", std::move(lease_settings));
    // From here on: a store that is copied or made anew may take longer than a lease lasts unrenewed.
    keeper_ = std::make_unique<LeaseKeeper>(*lease_, loop_queue_,
                                            [this, alive = std::weak_ptr(alive_)](const std::string& message) {
                                                if (!alive.expired()) {
                                                    store_lost(exit_store, message);
                                                }
                                            });
    const bool new_store = !std::filesystem::exists(store_path_);
    if (new_store && std::filesystem::exists(store_folder_ / "revisions")) {
        const store::Rebuilt rebuilt = store::rebuild(store_path_, lease_.get());
        tell_error(fmt::format("attnsweep: {} was lost and is made anew from {}: {} trial(s) done\n",
                               store_path_.string(), store_folder_.string(), rebuilt.done));
    }
    std::unique_ptr<store::PublishedStore> published;
    if (store::is_published(store_path_)) {
        published = std::make_unique<store::PublishedStore>(store_path_, *lease_);
    }
    store::Store store = published ? published->open() : store::Store::open_to_write(store_path_);
    store.guard_commits([this] { lease_->check(); });
    // The sweep first: a result is taken in only for a trial the store knows.
    store.record_sweep(sweep_);
    if (options_.part) {
        take_part();
    }
    const store::ImportReport taken =
        new_store ? store::import_attempt_folders(store) : store::import_pending(store, [&] {
            if (published) {
                published->publish(store);
            }
        });
    for (const auto& damaged : taken.damaged) {
        tell_error(fmt::format("attnsweep: {}: a result that cannot be read is left aside: {}\n", damaged.file.string(),
                               damaged.reason));
    }
    retire_checkpoints_of(taken.committed);
    store.interrupt_open_attempts(utc_now());
    const std::string device_kind = device_kind_of(sweep_.execution.device, !visible_gpus().empty());
    const DurationModel durations(sweep_, device_kind, store::epoch_times(store));
    RemainingTrials remaining = remaining_trials(sweep_, store, durations, options_.retry_failed);

    // Before any attempt: what the journal says of one is of use only where its sweep is known.
    if (published) {
        published->publish(store);
    }

    done_before_ = remaining.done;
    for (const auto& aside : remaining.set_aside) {
        failures_.push_back({aside.label, aside.failure.kind, aside.failure.message, aside.log.string()});
        live_.failed(aside.id, aside.label, aside.failure, false, aside.log.string());
    }
    std::map<std::string, const configs::Trial*> by_id;
    for (const configs::Trial& trial : sweep_.trials) {
        if (remaining.durations.contains(trial.id)) {
            by_id[trial.id] = &trial;
        }
    }
    if (options_.slots_per_device > 0) {
        sweep_.execution.slots_per_device = options_.slots_per_device;
    }
    measured_epochs_ = std::make_unique<MeasuredEpochs>(sweep_.execution.checkpoint_every_s);
    std::map<std::string, scheduler::Memory> memory_of_configuration;  // repeats take the same
    for (scheduler::PlannedTrial& planned : remaining.left) {
        TrialView& view = trials_[planned.id];
        view.trial = by_id.at(planned.id);
        view.expected = remaining.durations.at(planned.id).total_s;
        view.attempts = std::move(remaining.earlier_attempts[planned.id]);
        expected_total_ += view.expected;
        const double epoch_s = remaining.durations.at(planned.id).epoch_s;
        measured_epochs_->plan(view.trial->configuration, epoch_s);
        planned.first_checkpoint_s = first_checkpoint_s(sweep_.execution.checkpoint_every_s, epoch_s);
        const auto [memory, is_new] = memory_of_configuration.try_emplace(view.trial->configuration);
        if (is_new) {
            memory->second = expected_memory(view.trial->spec, device_kind);
        }
        planned.memory = memory->second;
        live_.left(*view.trial, remaining.durations.at(planned.id));
    }
    live_.sweep_begins(sweep_, done_before_);
    const std::size_t left = remaining.left.size();
    scheduler_ = std::make_unique<scheduler::Scheduler>(std::move(remaining.left), scheduler_settings());
    writer_ = std::make_unique<StoreWriter>(
        std::move(store), std::move(published), *lease_, loop_queue_,
        StoreWriter::Callbacks{[this](const std::string& trial, int attempt) { committed(trial, attempt); },
                               [this](int code, const std::string& message) { store_lost(code, message); }});
    if (left == 0) {
        end(failures_.empty() ? exit_done : exit_trials_failed);
        return;
    }
    publisher_ = std::make_unique<LivePublisher>(
        store_folder_, loop_queue_, [this] { drain("attnsweep drain"); },
        [this] {
            try {
                lease_->check();
                return true;
            } catch (const files::Error&) {
                return false;
            }
        });
    progress_.say(fmt::format(
        "{}: {} trials, {} done before, {} to go{}", sweep_.name, sweep_.trials.size(), done_before_, left,
        failures_.empty() ? std::string()
                          : fmt::format(", {} set aside as failed (--retry failed takes them up)", failures_.size())));
    ask_nodes();
}

/// Of results that nobody was there to acknowledge.
void Coordinator::retire_checkpoints_of(const std::vector<std::string>& trials) const
{
    if (keep_from(sweep_.execution.keep).checkpoints) {
        return;
    }
    const std::unordered_set<std::string> taken_in(trials.begin(),
                                                   trials.end());  // all of a sweep when a store was lost
    for (const configs::Trial& trial : sweep_.trials) {
        if (!taken_in.contains(trial.id)) {
            continue;
        }
        const AttemptsOnDisk attempts = attempts_on_disk(store_folder_ / "trials" / trial.id, trial.id);
        if (!attempts.has_success()) {
            continue;
        }
        std::vector<std::filesystem::path> folders;
        for (const int number : attempts.numbers) {
            folders.push_back(attempt_folder(trial.id, number));
        }
        remove_checkpoints(folders);
    }
}

void Coordinator::take_part()
{
    // The store knows the whole sweep by now; from here on it is the share that is run and counted.
    const std::size_t all = sweep_.trials.size();
    sweep_ = share_of(sweep_, *options_.part);
    sweep_.name += fmt::format(" part {}/{}", options_.part->number, options_.part->of);
    const std::size_t mine = sweep_.trials.size();
    const int elsewhere = drop_done_elsewhere(sweep_, store_path_);
    progress_.say(fmt::format("{}: {} of the sweep's {} trials{}", sweep_.name, mine, all,
                              elsewhere > 0 ? fmt::format(", {} of them done in other parts", elsewhere) : ""));
}

scheduler::SchedulerSettings Coordinator::scheduler_settings() const
{
    scheduler::SchedulerSettings settings;
    settings.lost_rank_grace_s = options_.grace_s;
    settings.alike_failures_to_stop = options_.stop_after_alike;
    settings.startup_s = startup_s;
    // After the grace what has not ended is killed; results that end then are written still.
    settings.drain_s = options_.grace_s + after_grace_s;
    const std::optional<double> left = options_.time_limit_s ? options_.time_limit_s : job_time_left_s();
    if (left) {
        settings.ends_at_s = now_s() + *left;
    }
    return settings;
}

double Coordinator::now_s() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

template <class What> void Coordinator::tell_scheduler(What what)
{
    for (const scheduler::Action& action : scheduler_->handle({now_s(), std::move(what)})) {
        std::visit([this](const auto& a) { act(a); }, action);
    }
    progress_.sweep_is_at(counts());
}

void Coordinator::handle(int from, const ToCoordinator& message)
{
    if (!over_) {
        std::visit([&](const auto& m) { on(from, m); }, message);
    }
}

void Coordinator::lost(int rank, const std::string& reason)
{
    all_live_ = false;
    if (over_) {
        return;
    }
    std::string labels;
    std::set<std::string> open = running_;
    open.insert(ending_.begin(), ending_.end());
    for (const std::string& id : open) {
        const TrialView& view = trials_.at(id);
        if (view.rank != rank) {
            continue;
        }
        labels += (labels.empty() ? "; to be run again: " : ", ") + view.trial->label;
        running_.erase(id);
        ending_.erase(id);
        progress_.trial_ended(view.trial->label);
        writer_->end_attempt(id, view.attempt, store::NoResult::interrupted, utc_now());
    }
    progress_.say(fmt::format("rank {} {}{}", rank, reason, labels));
    live_.rank_lost(rank);
    if (const auto next = round_.lost(rank)) {
        send(*next, Inspect{});
    }
    tell_scheduler(scheduler::RankLost{rank, reason});
}

void Coordinator::drain(const std::string& reason)
{
    if (over_ || scheduler_->draining()) {
        return;
    }
    progress_.say(fmt::format("{}: running trials leave a checkpoint and end", reason));
    live_.drains(reason);
    tell_scheduler(scheduler::DrainRequested{reason});
}

void Coordinator::tick()
{
    if (over_) {
        return;
    }
    look_at_preflight();
    if (now_s() >= scheduler_->next_tick_s()) {
        tell_scheduler(scheduler::Tick{});
    }
    // Without a store no result is ever committed, so the scheduler would wait for ever.
    if (store_broken_ && scheduler_->running() == 0 && scheduler_->ending() == 0) {
        end(failure_code_);
    }
    progress_.redraw();
    if (publisher_ && publisher_->due(live_.changed())) {
        publisher_->publish(live_.status());
    }
}

double Coordinator::sleep_s() const
{
    double sleep = over_ ? 0 : scheduler_->next_tick_s() - now_s();
    if (progress_.needs_redraw()) {
        sleep = std::min(sleep, 0.1);
    }
    return std::max(sleep, 0.0);
}

void Coordinator::on(int from, const NodeReady& ready)
{
    devices_of_node_[ready.node] = ready.devices;
    if (nodes_.insert(ready.node).second) {
        progress_.say(fmt::format("{}: {}", ready.node, ready.description));
    }
    live_.node_joined(ready.node, ready.slots, ready.devices);
    tell_scheduler(scheduler::RankJoined{from, ready.node, ready.slots, ready.devices, ready.memory});
}

void Coordinator::on(int, const NodeError& error)
{
    fail(error.exit_code, error.message);
}

void Coordinator::on(int, const AttemptStarted& started)
{
    const auto found = trials_.find(started.trial);
    if (found == trials_.end()) {
        return;
    }
    writer_->begin_attempt(started.trial, started.attempt, started.host, started.device, started.started_at);
    running_.insert(started.trial);
    progress_.trial_began(found->second.trial->label);
    live_.began(started.trial);
    tell_scheduler(scheduler::TrialStarted{started.trial, started.attempt});
}

void Coordinator::on(int, const AttemptExited& exited)
{
    tell_scheduler(scheduler::AttemptExited{exited.trial, exited.attempt});
}

void Coordinator::on(int, const TrialEventReported& reported)
{
    const TrialEvent& event = reported.event;
    const auto found = trials_.find(event.trial_id);
    if (found == trials_.end()) {
        return;
    }
    if (event.record) {
        writer_->record_epoch(event.trial_id, event.attempt, *event.record);
        if (auto changed = measured_epochs_->measured(found->second.trial->configuration, event.record->duration_s)) {
            tell_scheduler(std::move(*changed));
        }
    }
    progress_.trial_says(found->second.trial->label, event);
    live_.happened(event);
    tell_scheduler(
        scheduler::TrialProgress{event.trial_id, event.attempt, {event.peak_device_bytes, event.peak_memory_bytes}});
}

void Coordinator::on(int, const SlotReleased& released)
{
    const auto found = trials_.find(released.trial);
    if (found == trials_.end()) {
        return;
    }
    running_.erase(released.trial);
    ending_.insert(released.trial);
    progress_.trial_ended(found->second.trial->label);
    live_.freed(released.trial);
    tell_scheduler(scheduler::SlotReleased{released.trial, released.attempt});
}

void Coordinator::on(int, const AttemptEnded& ended)
{
    const auto found = trials_.find(ended.trial);
    if (found == trials_.end()) {
        return;
    }
    TrialView& view = found->second;
    running_.erase(ended.trial);
    ending_.erase(ended.trial);
    progress_.trial_ended(view.trial->label);
    view.result = ended.result;
    view.written = ended.written;
    view.log = ended.log;
    view.ending = ended.ending;
    live_.ended(ended.trial, ended.ending);
    if (ended.ending == scheduler::Ending::drained) {
        writer_->end_attempt(ended.trial, ended.attempt, store::NoResult::drained, utc_now());
    } else if (ended.ending == scheduler::Ending::done) {
        expected_done_ += view.expected;
    }
    tell_scheduler(scheduler::TrialEnded{ended.trial, ended.attempt, ended.ending, ended.failure});
}

void Coordinator::committed(const std::string& trial, int attempt)
{
    tell_scheduler(scheduler::Committed{trial, attempt});
    live_.committed(trial);
    const TrialView& view = trials_.at(trial);
    // Said only now: what a person is told to be done is in the store.
    if (view.ending == scheduler::Ending::done) {
        progress_.say(fmt::format("{} done: {}", view.trial->label, counts_text(counts())));
    }
}

void Coordinator::on(int, const Note& note)
{
    progress_.say(note.text);
    if (!note.trial.empty()) {
        live_.noted(note.trial, note.text);
    }
}

void Coordinator::on(int from, const DrainRequested& requested)
{
    drain(from == 0 ? requested.reason : fmt::format("{} on rank {}", requested.reason, from));
}

void Coordinator::fail(int exit_code, const std::string& message)
{
    if (failure_code_ == exit_done) {
        failure_code_ = exit_code;
        progress_.clear();
        tell_error(fmt::format("attnsweep: {}\n", message));
    }
    live_.drains(message);
    if (!over_) {
        tell_scheduler(scheduler::DrainRequested{message});
    }
}

void Coordinator::store_lost(int exit_code, const std::string& message)
{
    store_broken_ = true;
    fail(exit_code, message);
}

double Coordinator::left_s() const
{
    double done = expected_done_, behind = expected_done_;
    for (const std::string& id : running_) {
        const TrialView& view = trials_.at(id);
        const double share = progress_.share_done(view.trial->label);
        done += view.expected * (share - progress_.share_at_begin(view.trial->label));
        behind += view.expected * share;
    }
    if (done <= 0) {
        return -1;
    }
    return (expected_total_ - behind) * now_s() / done;
}

SweepCounts Coordinator::counts() const
{
    return {done_before_ + scheduler_->done(), static_cast<int>(sweep_.trials.size()), scheduler_->running(),
            static_cast<int>(failures_.size()), left_s()};
}

}  // namespace attnsweep::runner
