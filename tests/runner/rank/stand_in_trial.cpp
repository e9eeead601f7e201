// A stand-in for attnsweep-trial. STAND_IN names what each trial does: "label=what,label=what"; `*` stands for all others.
//   ok            three epochs, a checkpoint, a result (also without a word in STAND_IN)
//   segv          dies by SIGSEGV; segv-once: on its first attempt
//   nan           writes a checkpoint and a failed result; fails-KIND: a failed result of that kind
//   silent        exits 0 and leaves no result
//   exit-9        says why on its log, exits 9 and leaves no result
//   slow          40 epochs of 50 ms; a checkpoint when asked to end or its pipe breaks; goes on from an earlier one
//   stubborn      does not end when asked
//   hang          says nothing more after its first epoch, and does nothing; deaf to SIGUSR2; hang-once
//   spin          the same, but computes
//   stop          stops itself after its first epoch (SIGSTOP)
//   kill-rank     kills its rank when its result is announced but not committed, on its first attempt
//   kill-rank-unannounced: before pending/ has it
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "runner/protocol.h"

namespace {

using namespace attnsweep;
using runner::TrialEvent;

volatile std::sig_atomic_t asked_to_end = 0;

std::string what_for(const std::string& label)
{
    const char* plan = std::getenv("STAND_IN");
    std::istringstream words(plan != nullptr ? plan : "");
    std::string what = "ok";
    for (std::string word; std::getline(words, word, ',');) {
        const std::string name = word.substr(0, word.find('='));
        if (name == label) {
            return word.substr(name.size() + 1);
        }
        if (name == "*") {
            what = word.substr(2);
        }
    }
    return what;
}

class Trial {
public:
    Trial(runner::TrialOrder order, int events) : order_(std::move(order)), events_(events) {}

    int run()
    {
        say_where_it_runs();
        std::string what = what_for(order_.trial.label);
        if (what.ends_with("-once")) {
            what = order_.attempt == 1 ? what.substr(0, what.size() - 5) : "ok";
        }
        what_ = what;
        if (what == "segv") {
            std::signal(SIGSEGV, SIG_DFL);
            std::raise(SIGSEGV);
        }
        if (what == "silent") {
            return 0;
        }
        if (what == "exit-9") {
            std::fprintf(stderr, "the moon is full\n");
            return 9;
        }
        if (what == "nan" || what.starts_with("fails-")) {
            if (what != "nan") {
                result_.failure = {configs::failure_kind(what.substr(6)), "by order of the test", 0};
            }
            publish(configs::Outcome::failed, true);
            return runner::exit_failed;
        }
        const bool slow = what == "slow" || what == "stubborn";
        if (!train(slow ? 40 : 3, slow ? 50 : 1, what == "stubborn")) {
            files::write_durably(order_.attempt_folder / "checkpoint", std::to_string(epoch_));
            tell({TrialEvent::Kind::drained});
            return runner::exit_run_again;
        }
        if (what.starts_with("kill-rank") && order_.attempt == 1) {
            publish(configs::Outcome::done, what == "kill-rank");
            ::kill(::getppid(), SIGKILL);
            return 0;
        }
        publish(configs::Outcome::done, true);
        tell({TrialEvent::Kind::finished});
        return 0;
    }

private:
    void say_where_it_runs() const
    {
        cpu_set_t cores;
        ::sched_getaffinity(0, sizeof cores, &cores);
        std::string list;
        for (int core = 0; core < CPU_SETSIZE; ++core) {
            if (CPU_ISSET(static_cast<std::size_t>(core), &cores)) {
                list += " " + std::to_string(core);
            }
        }
        std::string of_replicas;
        for (const std::vector<int>& replica : order_.cores) {
            of_replicas += (of_replicas.empty() ? " on cores " : " and ") + nlohmann::json(replica).dump();
        }
        std::fprintf(
            stderr, "cores%s; session %d; threads %s; launcher %s; device %s; visible %s; tunables %s; replicas %d%s\n",
            list.c_str(), ::getsid(0) == ::getpid(), std::getenv("OMP_NUM_THREADS"),
            std::getenv("OMPI_COMM_WORLD_RANK") != nullptr ? "seen" : "unseen", order_.device.c_str(),
            std::getenv("CUDA_VISIBLE_DEVICES") != nullptr ? std::getenv("CUDA_VISIBLE_DEVICES") : "all",
            std::getenv("GLIBC_TUNABLES") != nullptr ? std::getenv("GLIBC_TUNABLES") : "none", order_.replicas,
            of_replicas.c_str());
    }

    int checkpoint() const
    {
        for (const auto& folder : order_.earlier_attempts) {
            std::ifstream file(folder / "checkpoint");
            int epoch = 0;
            if (file >> epoch) {
                return epoch;
            }
        }
        return 0;
    }

    static configs::EpochRecord record_of(int epoch, int epoch_ms)
    {
        return {epoch, 1.0 / epoch, 0.5, 1.0 / epoch, 0.5, epoch_ms / 1000.0};
    }

    bool train(int epochs, int epoch_ms, bool stubborn)
    {
        TrialEvent started{TrialEvent::Kind::started};
        started.epoch = epoch_ = checkpoint();
        started.max_epochs = epochs;
        tell(started);
        for (int epoch = 1; epoch <= epoch_; ++epoch) {
            result_.epochs.push_back(record_of(epoch, epoch_ms));
        }
        for (++epoch_; epoch_ <= epochs; ++epoch_) {
            std::this_thread::sleep_for(std::chrono::milliseconds(epoch_ms));
            TrialEvent event{TrialEvent::Kind::epoch};
            event.epoch = epoch_;
            event.max_epochs = epochs;
            event.record = record_of(epoch_, epoch_ms);
            result_.epochs.push_back(*event.record);
            tell(event);
            get_stuck();
            pollfd pipe{events_, 0, 0};
            const bool alone = ::poll(&pipe, 1, 0) > 0;
            if (!stubborn && (asked_to_end != 0 || alone)) {
                return false;
            }
            if (stubborn && (asked_to_end != 0 || alone)) {
                std::this_thread::sleep_for(std::chrono::hours(1));
            }
        }
        return true;
    }

    void tell(TrialEvent event)
    {
        event.trial_id = order_.trial.id;
        event.attempt = order_.attempt;
        const std::string line = to_line(event) + "\n";
        [[maybe_unused]] const ssize_t ignored = ::write(events_, line.data(), line.size());
    }

    void publish(configs::Outcome outcome, bool announce)
    {
        result_.trial_id = order_.trial.id;
        result_.label = order_.trial.label;
        result_.attempt = order_.attempt;
        result_.execution.replicas = order_.replicas;
        result_.outcome = outcome;
        if (outcome == configs::Outcome::failed && result_.failure.message.empty()) {
            result_.failure = {configs::FailureKind::nan, "the loss is not a number", 0};
        }
        result_.classes = {"a", "b"};
        result_.best_epoch = 1;
        // Numbers of its own, so that no trial passes for another.
        const double own = static_cast<double>(std::stoull(order_.trial.id, nullptr, 16) % 1000) / 1000;
        result_.last = {3, 0.5 + own, {{9, 1}, {1, 9}}};
        result_.best = {1, 0.4, {{10, 0}, {0, 10}}};
        result_.train_clips_per_class = result_.test_clips_per_class = {10, 10};
        result_.split_digest = "split";
        result_.started_at = "2024-01-01T00:00:00Z";
        result_.attempt_folder = order_.attempt_folder.lexically_relative(order_.pending_folder.parent_path()).string();
        if (outcome == configs::Outcome::done || result_.failure.kind == configs::FailureKind::nan) {
            std::ofstream(order_.attempt_folder / "checkpoint-00003-00000000.pt") << "of the last epoch";
        }
        const std::string text = nlohmann::json(result_).dump();
        files::write_durably(order_.attempt_folder / "result.json", text);
        if (!announce) {
            return;
        }
        files::create_folders(order_.pending_folder);
        files::write_durably(order_.pending_folder / (order_.trial.id + ".json"), text);
    }

    void get_stuck() const
    {
        if (what_ == "hang") {
            std::signal(SIGUSR2, SIG_IGN);
            std::this_thread::sleep_for(std::chrono::hours(1));
        }
        if (what_ == "stop") {
            std::raise(SIGSTOP);
        }
        for (volatile int turns = 0; what_ == "spin";) {
            turns = turns + 1;
        }
    }

    std::string what_;
    runner::TrialOrder order_;
    int events_;
    int epoch_ = 0;
    configs::TrialResult result_;
};

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a fault of a test may abort it
int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, [](int) { asked_to_end = 1; });
    if (argc != 4 || std::string(argv[1]) != "train" || std::string(argv[2]) != "--events") {
        return runner::exit_usage;
    }
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    if (text.empty()) {
        return runner::exit_usage;  // the rank died before it gave the order
    }
    try {
        return Trial(nlohmann::json::parse(text).get<runner::TrialOrder>(), std::atoi(argv[3])).run();
    } catch (const files::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.code() == ENOSPC ? runner::exit_no_space
                                      : runner::exit_store;  // as attnsweep-trial's failure_naming
    }
}
