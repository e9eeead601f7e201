#include "runner/run/rank.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "runner/exit_code.h"
#include "runner/run/attempt_end.h"
#include "runner/run/mailbox.h"
#include "runner/run/master.h"
#include "runner/run/messages.h"
#include "runner/run/signals.h"
#include "runner/run/worker.h"

namespace attnsweep::runner {

namespace {

class Rank {
public:
    Rank(const RunOptions& options, const Launch& launch, scheduler::Transport& transport)
        : transport_(transport), worker_(transport, mailbox_, launch),
          launcher_(launch.under_launcher ? ::getppid() : 0)
    {
        if (transport.rank() == 0)
            master_ = std::make_unique<Master>(options, launch.under_launcher, transport, mailbox_);
    }

    RankEnding live()
    {
        prepare();
        while (!ended())
            turn();
        if (!at_once_) {
            if (master_)
                master_->close();
            transport_.flush();
        }
        return {exit_code_.value_or(exit_failed), !at_once_};
    }

private:
    void prepare()
    {
        if (!master_)
            return;
        try {
            master_->prepare();
        } catch (const std::exception& error) {
            std::fputs(fmt::format("attnsweep: {}\n", error.what()).c_str(), stderr);
            for (int rank = 0; rank < transport_.size(); ++rank)
                transport_.send(rank, to_text(Stop{exit_code_of(error, exit_store)}));
            master_.reset();
        }
    }

    bool ended() const { return at_once_ || (exit_code_ && worker_.idle()); }

    void turn()
    {
        wait();
        take_signals();
        mailbox_.run_all();
        while (auto message = transport_.receive())
            take(*message);
        for (const int rank : transport_.lost_ranks())
            if (master_)
                master_->lost(rank);
        worker_.tick();
        if (master_)
            master_->tick();
        watch_launcher();
    }

    /// A launcher that was killed takes nobody with it: without this its ranks would wait for each other for ever.
    void watch_launcher()
    {
        if (launcher_ == 0 || ::getppid() == launcher_)
            return;
        std::fputs(fmt::format("attnsweep: rank {}: the launcher is gone; run the same command again to go on\n",
                               transport_.rank())
                       .c_str(),
                   stderr);
        exit_code_ = exit_run_again;
        at_once_ = true;
    }

    void wait()
    {
        descriptors_.assign({{signals_.descriptor(), POLLIN, 0}, {mailbox_.descriptor(), POLLIN, 0}});
        worker_.add_descriptors(descriptors_);
        double sleep_s = 1;  // for what has a time of its own, such as the grace of a trial asked to end
        if (const double poll_ms = transport_.poll_after_ms(); poll_ms >= 0)
            sleep_s = std::min(sleep_s, poll_ms / 1000);
        if (master_)
            sleep_s = std::min(sleep_s, master_->sleep_s());
        timespec timeout{};
        timeout.tv_sec = static_cast<time_t>(sleep_s);
        timeout.tv_nsec = static_cast<long>((sleep_s - std::floor(sleep_s)) * 1e9);
        if (::ppoll(descriptors_.data(), descriptors_.size(), &timeout, nullptr) > 0)
            worker_.read_events(descriptors_);
    }

    void take_signals()
    {
        for (const int number : signals_.take().numbers) {
            if (number == SIGCHLD) {
                worker_.reap();
                continue;
            }
            // A second Ctrl-C ends at once: the trials' pipes break, and they leave their checkpoints by themselves.
            if (number == SIGINT && interrupted_) {
                exit_code_ = exit_run_again;
                at_once_ = true;
                std::fputs(fmt::format("attnsweep: ended at once; run the same command again to go on\n").c_str(),
                           stderr);
                return;
            }
            interrupted_ = interrupted_ || number == SIGINT;
            worker_.drain();
            transport_.send(0, to_text(DrainAsked{signal_name(number)}));
        }
    }

    void take(const scheduler::Message& received)
    {
        const RankMessage message = message_from(received.text);
        if (const auto* stop = std::get_if<Stop>(&message))
            stop_with(stop->exit_code);
        else if (const auto* setup = std::get_if<Setup>(&message))
            worker_.handle(*setup);
        else if (const auto* start = std::get_if<Start>(&message))
            worker_.handle(*start);
        else if (const auto* drain = std::get_if<Drain>(&message))
            worker_.handle(*drain);
        else if (master_)
            master_->handle(received.from, message);
    }

    void stop_with(int exit_code)
    {
        exit_code_ = exit_code;
        worker_.drain();  // nothing runs any more, unless something went wrong at rank 0
    }

    scheduler::Transport& transport_;
    Signals signals_;
    Mailbox mailbox_;
    std::unique_ptr<Master> master_;
    Worker worker_;
    std::vector<pollfd> descriptors_;
    std::optional<int> exit_code_;
    pid_t launcher_;  ///< 0: none
    bool interrupted_ = false, at_once_ = false;
};

}  // namespace

RankEnding run_rank(const RunOptions& options, const Launch& launch, scheduler::Transport& transport)
{
    return Rank(options, launch, transport).live();
}

}  // namespace attnsweep::runner
