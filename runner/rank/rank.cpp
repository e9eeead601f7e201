#include "runner/rank/rank.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "runner/node/launcher_bond.h"
#include "runner/node/launcher_stderr.h"
#include "runner/rank/attempt_end.h"
#include "runner/rank/coordinator.h"
#include "runner/rank/event_loop_queue.h"
#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"
#include "runner/rank/peer_monitor.h"
#include "runner/rank/run_context.h"
#include "runner/rank/signals.h"
#include "runner/rank/worker.h"

namespace attnsweep::runner {

namespace {

class Rank {
public:
    Rank(const RunOptions& options, const Launch& launch, scheduler::Transport& transport)
        : options_(options), launch_(launch), messenger_(transport), worker_(messenger_, loop_queue_, launch),
          peers_(messenger_, launch, options.rank_timeout_s)
    {
    }

    RankEnding live()
    {
        if (messenger_.rank() == 0) {
            begin_sweep();
        }
        while (!ended()) {
            turn();
        }
        if (!at_once_) {
            const int failed_last = coordinator_ ? coordinator_->close() : exit_done;
            if (failed_last != exit_done) {
                exit_code_ = failed_last;
            }
            const LauncherBond bond(launch_.launcher, launcher_stderr_);
            messenger_.flush();
            if (!together_ && messenger_.rank() == 0) {
                outlast_the_others();
            }
            if (peers_.one_may_live() && exit_code_ == exit_done) {
                std::fputs("attnsweep: exits with code 75 although all is done: with 0 the launcher would wait for the "
                           "rank that does not answer\n",
                           stderr);
                exit_code_ = exit_run_again;
            }
        }
        return {exit_code_.value_or(exit_failed), !at_once_ && together_,
                at_once_                 ? std::nullopt
                : coordinator_           ? std::optional(coordinator_->report())
                : messenger_.rank() == 0 ? std::optional(RunReport{options_.sweep, 0, 0, 0, {}})
                                         : std::nullopt};
    }

private:
    void begin_sweep()
    {
        try {
            coordinator_ = std::make_unique<Coordinator>(open_run(options_, loop_queue_), options_,
                                                         launch_.under_launcher, messenger_, loop_queue_);
        } catch (const std::exception& error) {
            std::fputs(fmt::format("attnsweep: {}\n", last_words_of(error)).c_str(), stderr);
            for (int rank = 0; rank < messenger_.size(); ++rank) {
                messenger_.send_to_rank(rank, Stop{exit_code_of(error, exit_store), true});
            }
        }
    }

    bool ended() const { return at_once_ || (exit_code_ && worker_.idle()); }

    void turn()
    {
        wait();
        take_signals();
        loop_queue_.run_all();
        take_messages();
        // Rank 0 only now, after its node got the sweep: a rank that reads through its data set answers nobody meanwhile.
        if (messenger_.rank() == 0) {
            peers_.introduce();
        }
        for (const PeerMonitor::LostPeer& gone : peers_.tick(now_s())) {
            lose(gone);
        }
        worker_.tick();
        if (coordinator_) {
            coordinator_->tick();
        }
        watch_launcher();
    }

    void take_messages()
    {
        while (auto envelope = messenger_.receive()) {
            take(*envelope);
        }
    }

    void lose(const PeerMonitor::LostPeer& gone)
    {
        // What it sent before still counts: a result, or rank 0's Stop.
        take_messages();
        gone_.insert(gone.rank);
        if (gone.rank == 0 && !exit_code_) {
            end_at_once(fmt::format("rank 0 {}", gone.reason));
        } else if (coordinator_) {
            coordinator_->rank_lost(gone.rank, gone.reason);
        }
    }

    void end_at_once(const std::string& reason)
    {
        std::fputs(
            fmt::format("attnsweep: rank {}: {}; rerun the command to resume\n", messenger_.rank(), reason).c_str(),
            stderr);
        exit_code_ = exit_run_again;
        at_once_ = true;
    }

    /// Without all ranks there is no MPI_Finalize to synchronise them, and what an exiting rank sent last may be lost. So rank 0,
    /// whose last message counts, exits when MPI reports that the others have, or after a moment if MPI cannot tell.
    void outlast_the_others()
    {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        int left = messenger_.size() - 1 - static_cast<int>(gone_.size());
        while (left > 0 && std::chrono::steady_clock::now() < until) {
            messenger_.discard_received();
            left -= static_cast<int>(peers_.tick(now_s()).size());
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    /// A killed launcher does not end its ranks: without this they would wait for each other for ever.
    void watch_launcher()
    {
        if (launch_.launcher == 0 || ::getppid() == launch_.launcher) {
            return;
        }
        launcher_stderr_.write(fmt::format("attnsweep: rank {}: {}\n", messenger_.rank(), launcher_is_gone));
        exit_code_ = exit_run_again;
        at_once_ = true;
    }

    void wait()
    {
        descriptors_.assign({{signals_.descriptor(), POLLIN, 0}, {loop_queue_.descriptor(), POLLIN, 0}});
        worker_.add_descriptors(descriptors_);
        double sleep_s = 1;  // for what is checked by time alone, such as the grace period of a trial
        if (const double poll_ms = messenger_.poll_after_ms(); poll_ms >= 0) {
            sleep_s = std::min(sleep_s, poll_ms / 1000);
        }
        sleep_s = std::min(sleep_s, worker_.sleep_s());
        if (coordinator_) {
            sleep_s = std::min(sleep_s, coordinator_->sleep_s());
        }
        timespec timeout{};
        timeout.tv_sec = static_cast<time_t>(sleep_s);
        timeout.tv_nsec = static_cast<long>((sleep_s - std::floor(sleep_s)) * 1e9);
        if (::ppoll(descriptors_.data(), descriptors_.size(), &timeout, nullptr) > 0) {
            worker_.read_events(descriptors_);
        }
    }

    void take_signals()
    {
        for (const int number : signals_.take().numbers) {
            if (number == SIGCHLD) {
                worker_.reap();
                continue;
            }
            // A second Ctrl-C exits at once: the trials' pipes break, and they write their checkpoints without this rank.
            if (number == SIGINT && interrupted_) {
                exit_code_ = exit_run_again;
                at_once_ = true;
                std::fputs(fmt::format("attnsweep: ended at once; rerun the command to resume\n").c_str(), stderr);
                return;
            }
            // The launcher that passes on TERM, as mpirun after Ctrl-C, may kill the ranks a moment later.
            if (number == SIGTERM && launch_.launcher != 0 && messenger_.rank() == 0 && !is_terminated_) {
                launcher_stderr_.write(
                    "attnsweep: interrupted: running trials write checkpoints; rerun the command to resume\n");
            }
            is_terminated_ = is_terminated_ || number == SIGTERM;
            interrupted_ = interrupted_ || number == SIGINT;
            worker_.drain();
            messenger_.send_to_coordinator(DrainRequested{signal_name(number)});
        }
    }

    void take(const Messenger::Envelope& received)
    {
        if (coordinator_ && gone_.contains(received.from)) {
            // A rank thought dead has woken up; its trials are assigned to others by now. Any code but 0 would end the job.
            messenger_.send_to_rank(received.from, Stop{exit_done, false});
            return;
        }
        peers_.heard(received.from, now_s());
        std::visit([&](const auto& message) { dispatch(received.from, message); }, received.message);
    }

    void dispatch(int, const ToRank& message)
    {
        std::visit([&](const auto& order) { obey(order); }, message);
    }

    void dispatch(int from, const ToCoordinator& message)
    {
        if (coordinator_) {
            coordinator_->handle(from, message);
        }
    }

    void dispatch(int from, const BetweenRanks& message) { peers_.handle(from, message, now_s()); }

    template <class Order> void obey(const Order& order) { worker_.handle(order); }

    void obey(const Setup& setup)
    {
        worker_.handle(setup);
        peers_.introduce();
    }

    void obey(const Stop& stop)
    {
        exit_code_ = stop.exit_code;
        together_ = stop.together;
        worker_.drain();  // nothing runs any more unless rank 0 failed
    }

    double now_s() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

    const RunOptions& options_;
    const Launch& launch_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    LauncherStderr launcher_stderr_{launch_.launcher};
    Signals signals_;
    EventLoopQueue loop_queue_;
    Messenger messenger_;
    std::unique_ptr<Coordinator> coordinator_;
    Worker worker_;
    PeerMonitor peers_;
    std::set<int> gone_;
    std::vector<pollfd> descriptors_;
    std::optional<int> exit_code_;
    bool interrupted_ = false, is_terminated_ = false, at_once_ = false, together_ = true;
};

}  // namespace

RankEnding run_rank(const RunOptions& options, const Launch& launch, scheduler::Transport& transport)
{
    return Rank(options, launch, transport).live();
}

}  // namespace attnsweep::runner
