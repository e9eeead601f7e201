#include "runner/rank/worker.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/checkpoint_file.h"
#include "runner/attempt_files.h"
#include "runner/error.h"
#include "runner/node/fence.h"
#include "runner/node/out_of_memory.h"
#include "runner/node/preflight.h"
#include "runner/node/process_pulse.h"
#include "runner/node/trial_process.h"
#include "runner/rank/last_words.h"
#include "runner/utc_time.h"

namespace attnsweep::runner {

namespace {

double epoch_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Two turns of the loop are less than this apart, unless the rank was stopped.
constexpr double longest_turn_s = 2;

}  // namespace

Worker::Worker(Messenger& messenger, EventLoopQueue& loop_queue, Launch launch)
    : messenger_(messenger), launch_(launch),
      judge_(loop_queue, [this](const Judgement& judgement) { judged(judgement); }),
      starter_(loop_queue, draining_,
               {[this](const Key& key, const TrialProcess& process) { began(key, process); },
                [this](const Judgement& judgement) { judged(judgement); }, [this](const Note& note) { tell(note); }}),
      background_(loop_queue)
{
}

Worker::~Worker()
{
    draining_ = true;  // makes tasks stop waiting for an earlier attempt
    for (auto& [key, attempt] : attempts_) {
        attempt.events.close();
    }
}

void Worker::tell(ToCoordinator message)
{
    messenger_.send_to_coordinator(std::move(message));
}

void Worker::handle(const Setup& setup)
{
    try {
        node_ = this_node(launch_);
        program_ = trial_program();
        setup_ = setup;
        grace_s_ = setup.grace_s;
        hang_after_s_ = setup.hang_after_s;
        std::vector<std::string> gpus;
        for (const Gpu& gpu : setup_.device == "cpu" ? std::vector<Gpu>{} : visible_gpus()) {
            gpus.push_back(gpu.uuid);
        }
        tell(RankHello{node_.name, epoch_s(), gpus});
    } catch (const std::exception& error) {
        tell(node_error(node_.name, error));
    }
}

void Worker::handle(const Inspect&)
{
    PreflightQuestion question;
    question.trial_program = program_;
    question.device = setup_.device;
    question.threads = setup_.threads;
    question.slots = setup_.slots;
    question.data = setup_.data;
    question.data_digests = setup_.data_digests;
    question.precisions = setup_.precisions;
    question.store_folder = setup_.store_folder;
    question.store_holder = setup_.store_holder;
    question.trial_memory_bytes = setup_.trial_memory_bytes;
    question.kept_bytes = setup_.kept_bytes;
    question.running_bytes = setup_.running_bytes;
    question.replicas = setup_.replicas;
    question.mpi = messenger_.library();
    background_.run([this, question = std::move(question), node = node_]() -> std::function<void()> {
        return [this, report = check_node(node, question)] { tell(NodeInspected{report.checks, report.gpus}); };
    });
}

void Worker::handle(const UseDevice& use)
{
    try {
        node_ = part_of(node_, use.node, use.part, use.parts);
        starter_.set_up(node_.name, grace_s_);
        refuse_too_many_threads(node_, setup_.threads);
        slots_ = slots_of(node_, use.device, use.gpus, setup_.threads, setup_.slots, setup_.slots_per_device);
        const scheduler::Memory free{slots_.device_bytes(), slots_.host_bytes};
        tell(NodeReady{node_.name, slots_.count, slots_.devices(), free, slots_.description, slots_.gpus.empty(),
                       slots_.one_each(), slots_.bytes_of_devices});
    } catch (const std::exception& error) {
        tell(node_error(node_.name, error));
    }
}

void Worker::handle(const StartAttempt& start)
{
    for (const TrialOrder& order : start.orders) {
        begin(order, start.slots.empty() ? std::vector<scheduler::Slot>(1) : start.slots);
    }
}

void Worker::handle(const WatchAttempt& watch)
{
    background_.run([this, watch]() -> std::function<void()> {
        // Its pipe is broken, so it writes a checkpoint and exits; after the grace period its place is freed in any case.
        if (!wait_for_end(watch.attempt_folder, grace_s_, [this] { return draining_.load(); })) {
            return [] {};
        }
        return [this, watch] { tell(AttemptExited{watch.trial, watch.attempt}); };
    });
}

void Worker::begin(const TrialOrder& order, const std::vector<scheduler::Slot>& slots)
{
    const Key key{order.trial.id, order.attempt};
    Attempt& attempt = attempts_[key];
    attempt.order = order;
    attempt.host = host_name();
    attempt.started_at = utc_now();
    attempt.begun = Clock::now();
    attempt.kills_before = kills_so_far();
    TrialStart start{program_, order, {}, {}, {}};
    // The trial sees only its own GPUs, as number 0 and so on; without one it must not look for another.
    start.order.device = slots_.gpus.empty() ? "cpu" : "cuda:0";
    start.order.replicas = static_cast<int>(slots.size());
    const auto place_of = [&](const scheduler::Slot& slot) { return slot.place * slots_.devices() + slot.device; };
    for (const scheduler::Slot& slot : slots) {
        const std::vector<int>& cores = start.order.cores.emplace_back(slots_.cores_of(place_of(slot), node_));
        for (const int core : cores) {
            if (std::find(start.cores.begin(), start.cores.end(), core) == start.cores.end()) {
                start.cores.push_back(core);
            }
        }
        if (slot.device < static_cast<int>(slots_.gpus.size())) {
            const Gpu& gpu = slots_.gpus[static_cast<std::size_t>(slot.device)];
            start.gpus.push_back(gpu.uuid);
            start.gpu_bytes.push_back(slots_.count > slots_.devices() ? 0 : gpu.free_bytes / 10 * 9);
        }
    }
    if (slots.size() == 1 || std::ranges::any_of(start.order.cores, &std::vector<int>::empty)) {
        start.order.cores.clear();  // the process's are the replica's, or not known
    }
    attempt.order.device = start.order.device;
    attempt.order.replicas = start.order.replicas;
    starter_.start(place_of(slots.front()), std::move(start));
}

void Worker::began(const Key& key, const TrialProcess& process)
{
    Attempt& attempt = attempts_.at(key);
    attempt.pid = process.pid;
    attempt.events = EventPipe(process.events);
    attempt.watch = HangWatch(hang_after_s_);
    attempt.started_at = utc_now();
    attempt.begun = Clock::now();
    // Until it has ended and its record says how many replicas trained it, its times must not pass for those of one device.
    const std::string device = attempt.order.replicas > 1
                                   ? fmt::format("{} x {}", attempt.order.replicas, attempt.order.device)
                                   : attempt.order.device;
    tell(AttemptStarted{key.first, key.second, attempt.host, device, attempt.started_at});
    if (draining_) {
        ask_to_end(attempt);
    }
    reap();  // its SIGCHLD may have come before its pid was known here
}

void Worker::drain()
{
    draining_ = true;
    for (auto& [key, attempt] : attempts_) {
        ask_to_end(attempt);
    }
}

void Worker::ask_to_end(Attempt& attempt)
{
    if (attempt.pid == 0 || attempt.asked_to_end) {
        return;
    }
    attempt.asked_to_end = true;
    attempt.kill_at =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(grace_s_));
    ::kill(attempt.pid, SIGTERM);
}

void Worker::tick()
{
    judge_.tick();
    starter_.tick();
    const auto now = Clock::now();
    const double passed_s = std::chrono::duration<double>(now - std::exchange(last_tick_, now)).count();
    for (auto& [key, attempt] : attempts_) {
        if (attempt.pid == 0 || attempt.killed) {
            continue;
        }
        if (attempt.asked_to_end) {
            kill_unended(attempt);
        } else {
            watch(key, attempt, std::min(passed_s, longest_turn_s));
        }
    }
}

void Worker::kill_unended(Attempt& attempt)
{
    if (Clock::now() < attempt.kill_at) {
        return;
    }
    attempt.killed = true;
    ::kill(-attempt.pid, SIGKILL);  // a trial leads a session, and so a process group
    tell(Note{fmt::format("{} did not end within {:.0f} s and was killed; it resumes from its last checkpoint",
                          attempt.order.trial.label, grace_s_),
              attempt.order.trial.id});
}

void Worker::watch(const Key& key, Attempt& attempt, double passed_s)
{
    if (!attempt.hang.empty() || !attempt.watch.hangs(passed_s, [&] { return pulse_of(attempt.pid).cpu_s; })) {
        return;
    }
    attempt.hang = fmt::format("no sign of life for {:.0f} s: no event{}", attempt.watch.silent_s(),
                               attempt.watch.idle() ? ", and no processor time used" : ", though it computes");
    const std::filesystem::path log = attempt.order.attempt_folder / "log.txt";
    tell(Note{fmt::format("{} hangs: {}; what its threads do goes to {}, then it is killed", attempt.order.trial.label,
                          attempt.hang, log.string()),
              attempt.order.trial.id});
    background_.run(
        [this, key, log, process = identity_of(attempt.pid), why = attempt.hang]() -> std::function<void()> {
            write_last_words(process, log, why);
            return [this, key] {
                const auto found = attempts_.find(key);
                if (found == attempts_.end() || found->second.pid == 0) {
                    return;
                }
                found->second.killed = true;
                ::kill(-found->second.pid, SIGKILL);
            };
        });
}

void Worker::reap()
{
    std::vector<std::pair<Key, int>> gone;
    for (auto& [key, attempt] : attempts_) {
        int status = 0;
        if (attempt.pid != 0 && ::waitpid(attempt.pid, &status, WNOHANG) == attempt.pid) {
            gone.emplace_back(key, status);
        }
    }
    for (const auto& [key, status] : gone) {
        ended(key, status);
    }
}

void Worker::ended(const Key& key, int status)
{
    Attempt& attempt = attempts_.at(key);
    take_lines(attempt);
    attempt.events.close();
    attempt.pid = 0;
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (killed) {
        kills_read_at_ = {};  // read again, also for attempts that begin after this
    }
    // Exit code 0 means that its place is in order: the next trial may begin while this one's files are synced and judged. Bounded,
    // or trials shorter than a sync would pile up ended attempts.
    const bool released = WIFEXITED(status) && WEXITSTATUS(status) == exit_done && judge_.has_room();
    if (released) {
        tell(SlotReleased{key.first, key.second});
    }
    judge_.add({attempt.order, status, attempt.asked_to_end, attempt.epochs, attempt.host, attempt.started_at,
                std::chrono::duration<double>(Clock::now() - attempt.begun).count(), attempt.said, attempt.hang,
                killed && kills_so_far() > attempt.kills_before},
               released, node_.name);
}

void Worker::judged(const Judgement& judgement)
{
    const Key key{judgement.ended.trial, judgement.ended.attempt};
    if (!judgement.not_started.empty()) {
        Attempt& attempt = attempts_.at(key);
        attempt.said.clear();
        attempt.epochs.clear();  // it resumes from its checkpoint, as another attempt would
        starter_.again(key, judgement.not_started);
        return;
    }
    if (judgement.node_error) {
        tell(*judgement.node_error);
    }
    starter_.forget(key);
    const auto gone = attempts_.extract(key);
    if (judgement.ended.ending == scheduler::Ending::done) {
        retain_until_acknowledged(key, gone.mapped().order);
    }
    tell(judgement.ended);
}

std::int64_t Worker::kills_so_far()
{
    // Reading /proc/vmstat takes longer than starting a trial, so a recent number will do; a killed trial is compared with a fresh one.
    if (kills_read_at_ + std::chrono::seconds(1) <= Clock::now()) {
        kills_ = kills_for_memory();
        kills_read_at_ = Clock::now();
    }
    return kills_;
}

void Worker::retain_until_acknowledged(const Key& key, const TrialOrder& order)
{
    if (keep_from(order.keep).checkpoints) {
        return;
    }
    std::vector<std::filesystem::path>& folders = checkpoints_of_done_[key];
    folders = order.earlier_attempts;
    folders.push_back(order.attempt_folder);
}

void Worker::handle(const Acknowledged& acknowledged)
{
    auto done = checkpoints_of_done_.extract({acknowledged.trial, acknowledged.attempt});
    if (done.empty()) {
        return;
    }
    background_.run([folders = std::move(done.mapped())]() -> std::function<void()> {
        files::remove_checkpoints(folders);
        return [] {};
    });
}

void Worker::add_descriptors(std::vector<pollfd>& descriptors) const
{
    for (const auto& [key, attempt] : attempts_) {
        if (attempt.events.descriptor() >= 0) {
            descriptors.push_back({attempt.events.descriptor(), POLLIN, 0});
        }
    }
}

void Worker::read_events(const std::vector<pollfd>& descriptors)
{
    for (const pollfd& polled : descriptors) {
        if (polled.revents == 0) {
            continue;
        }
        for (auto& [key, attempt] : attempts_) {
            if (attempt.events.descriptor() == polled.fd) {
                take_lines(attempt);
            }
        }
    }
}

void Worker::take_lines(Attempt& attempt)
{
    for (const std::string& line : attempt.events.read()) {
        take_line(attempt, line);
    }
}

void Worker::take_line(Attempt& attempt, const std::string& line)
{
    try {
        TrialEvent event = event_from_line(line);
        attempt.watch.heard();
        starter_.works();
        // The pipe identifies the attempt, whatever the event says.
        event.trial_id = attempt.order.trial.id;
        event.attempt = attempt.order.attempt;
        if (event.record) {
            attempt.epochs.push_back(*event.record);
        }
        if (event.failure) {
            attempt.said = event.failure->message;
        }
        tell(TrialEventReported{std::move(event)});
    } catch (const Error& error) {
        tell(Note{fmt::format("{}: {}", attempt.order.trial.label, error.what()), {}});
    }
}

}  // namespace attnsweep::runner
