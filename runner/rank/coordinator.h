#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runner/rank/event_loop_queue.h"
#include "runner/rank/live_publisher.h"
#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"
#include "runner/rank/node_admission.h"
#include "runner/rank/on_end.h"
#include "runner/rank/progress.h"
#include "runner/rank/run_context.h"
#include "runner/rank/store_writer.h"
#include "runner/rank/sweep_state.h"
#include "runner/rank/trial_orders.h"
#include "runner/run_options.h"
#include "scheduler/scheduler.h"

namespace attnsweep::runner {

/// Drives a sweep on rank 0: applies what ranks report to the sweep's state, tells the scheduler, and turns its actions into
/// orders to ranks, commits to the store and lines for a person. Ends by sending Stop to every rank. Used only on the loop's
/// thread; the messenger and the queue outlive it.
class Coordinator {
public:
    /// Sends Setup to every rank, or Stop if nothing is left to run. Throws what the libraries throw.
    Coordinator(RunContext context, const RunOptions& options, bool under_launcher, Messenger& messenger,
                EventLoopQueue& loop_queue);
    ~Coordinator();  ///< without close(): leaves at once; results not yet in the store stay in files
    Coordinator(const Coordinator&) = delete;
    Coordinator& operator=(const Coordinator&) = delete;

    /// Handles a message of any rank, including this one.
    void handle(int from, const ToCoordinator& message);
    void rank_lost(int rank, const std::string& reason);
    void drain(const std::string& reason);
    /// Does what is due. Call it once per turn of the loop.
    void tick();
    /// Returns the seconds until tick() must be called.
    double sleep_s() const;

    /// Writes what waits for the store, closes the store, releases the lease, then prints the closing summary. Returns exit_done,
    /// or the exit code of a failure in doing so.
    int close();
    /// Returns what an --on-end command is told; after close().
    RunReport report() const
    {
        return {context_.recorded_as, state_.total(), state_.done(), state_.failed(), summary_};
    }

private:
    void on(int from, const RankHello& hello) { admission_->on(from, hello); }
    void on(int from, const NodeInspected& inspected) { admission_->on(from, inspected); }
    void on(int from, const NodeReady& ready);
    void on(int from, const NodeError& error);
    void on(int from, const AttemptStarted& started);
    void on(int from, const AttemptExited& exited);
    void on(int from, const TrialEventReported& reported);
    void on(int from, const SlotReleased& released);
    void on(int from, const AttemptEnded& ended);
    void on(int from, const Note& note);
    void on(int from, const DrainRequested& requested);
    void committed(const std::string& trial, int attempt, const std::string& agreement);

    void act(const scheduler::Assign& assign);
    void act(const scheduler::CommitResult& commit);
    void act(const scheduler::Acknowledge& acknowledge);
    void act(const scheduler::WatchEnding& watch);
    void act(const scheduler::DrainTrials& drain);
    void act(const scheduler::TrialSetBack& back);
    void act(const scheduler::DeviceDisabled& disabled);
    void act(const scheduler::Finished& finished);

    template <class What> void tell_scheduler(What what);
    void look_at_preflight();
    void admit();
    void look_at_lease();
    void fail(int exit_code, const std::string& message);
    void store_lost(int exit_code, const std::string& message);
    void end(int exit_code);
    double now_s() const;

    RunContext context_;
    RunOptions options_;
    Messenger& messenger_;
    Progress progress_;
    SweepState state_;
    std::uint64_t published_version_ = 0;  ///< of state_
    TrialOrders orders_;
    scheduler::Scheduler scheduler_;
    std::unique_ptr<StoreWriter> writer_;
    std::unique_ptr<LivePublisher> publisher_;    ///< null: nothing was left to run
    std::optional<NodeAdmission> admission_;      ///< empty: nothing was left to run
    std::vector<scheduler::RankJoined> joining_;  ///< of which the scheduler is told next
    std::optional<scheduler::Finished> finished_;
    bool store_broken_ = false, over_ = false, all_live_ = true;
    std::string summary_;  ///< the closing lines
    int exit_code_ = exit_done;
    int failure_code_ = exit_done;  ///< of the first failure that was not a trial's
};

}  // namespace attnsweep::runner
