#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "files/lease.h"
#include "runner/planning/measured_epochs.h"
#include "runner/planning/remaining_trials.h"
#include "runner/rank/event_loop_queue.h"
#include "runner/rank/lease_keeper.h"
#include "runner/rank/live_publisher.h"
#include "runner/rank/live_view.h"
#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"
#include "runner/rank/preflight_round.h"
#include "runner/rank/progress.h"
#include "runner/rank/store_writer.h"
#include "runner/run_options.h"
#include "scheduler/scheduler.h"
#include "store/store.h"

namespace attnsweep::runner {

/// What rank 0 does beside working: reads the sweep, holds the store, drives the scheduler, shows progress.
/// On the loop's thread alone.
class Coordinator {
public:
    Coordinator(const RunOptions& options, bool under_launcher, Messenger& messenger, EventLoopQueue& loop_queue);
    ~Coordinator();  ///< without close(): leaves at once, what waits for the store stays in its files
    Coordinator(const Coordinator&) = delete;
    Coordinator& operator=(const Coordinator&) = delete;

    /// Sweep, data set, lease, store, what is left. Touches disks, before the loop begins. Throws what the libraries throw.
    /// When nothing is left it says so and is over at once.
    void prepare();

    /// From any rank, itself too.
    void handle(int from, const ToCoordinator& message);
    void lost(int rank, const std::string& reason);
    void drain(const std::string& reason);
    void tick();

    /// The sweep has ended, or cannot go on; every rank has been told to stop.
    bool over() const { return over_; }
    int exit_code() const { return exit_code_; }
    /// Until when the loop may sleep, seconds from now.
    double sleep_s() const;

    /// Writes what waits for the store, lets go of store and lease, then says how it all ended. -> exit_done, or the code of
    /// what failed only now.
    int close();

private:
    struct TrialView {
        const configs::Trial* trial = nullptr;
        double expected = 0;
        std::vector<std::filesystem::path> attempts;  ///< newest first
        int rank = -1, attempt = 0;                   ///< of the newest
        // Of the newest that ended.
        scheduler::Ending ending = scheduler::Ending::drained;
        std::string result, log;
        std::shared_ptr<const configs::TrialResult> written;  ///< what `result` says, if its rank told
    };
    struct FailureSeen {
        std::string label, kind, message, log;
    };

    void on(int from, const RankHello& hello);
    void on(int from, const NodeInspected& inspected);
    void on(int from, const NodeReady& ready);
    void on(int from, const NodeError& error);
    void on(int from, const AttemptStarted& started);
    void on(int from, const AttemptExited& exited);
    void on(int from, const TrialEventReported& reported);
    void on(int from, const SlotReleased& released);
    void on(int from, const AttemptEnded& ended);
    void on(int from, const Note& note);
    void on(int from, const DrainRequested& requested);

    void act(const scheduler::Assign& assign);
    void act(const scheduler::CommitResult& commit);
    void act(const scheduler::Acknowledge& acknowledge);
    void act(const scheduler::WatchEnding& watch);
    void act(const scheduler::DrainTrials& drain);
    void act(const scheduler::TrialSetBack& back);
    void act(const scheduler::DeviceDisabled& aside);
    void act(const scheduler::StopRank&) {}  // the end tells every rank, those that never joined too
    void act(const scheduler::Finished& finished);

    void take_part();
    void retire_checkpoints_of(const std::vector<std::string>& trials) const;
    template <class What> void tell_scheduler(What what);
    void send(int rank, ToRank message) { messenger_.send_to_rank(rank, std::move(message)); }
    Setup setup() const;
    void ask_nodes();
    void look_at_preflight();
    void fail(int exit_code, const std::string& message);
    void store_lost(int exit_code, const std::string& message);
    void end(int exit_code);
    double now_s() const;
    scheduler::SchedulerSettings scheduler_settings() const;
    void committed(const std::string& trial, int attempt);
    SweepCounts counts() const;
    double left_s() const;
    TrialOrder order_for(const TrialView& view, int attempt) const;
    std::filesystem::path attempt_folder(const std::string& trial, int attempt) const;
    void say_ending() const;

    RunOptions options_;
    Messenger& messenger_;
    EventLoopQueue& loop_queue_;
    Progress progress_;
    LiveView live_;
    PreflightRound round_;
    double asked_at_s_ = 0;  ///< on now_s()
    bool looked_ = false;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();

    configs::Sweep sweep_;
    std::filesystem::path store_path_, store_folder_, pending_folder_, data_folder_;
    std::unique_ptr<files::Lease> lease_;
    std::unique_ptr<LivePublisher> publisher_;  ///< asks the lease
    std::shared_ptr<const bool> alive_ =
        std::make_shared<bool>(true);  ///< for what the keeper posts, after a failed prepare()
    std::unique_ptr<LeaseKeeper> keeper_;
    std::unique_ptr<StoreWriter> writer_;
    std::unique_ptr<scheduler::Scheduler> scheduler_;
    std::unique_ptr<MeasuredEpochs> measured_epochs_;
    std::map<std::string, TrialView> trials_;  ///< those left
    int done_before_ = 0;
    std::vector<FailureSeen> failures_;
    std::set<std::string> running_, ending_;  ///< ids; ending: after SlotReleased
    std::map<int, std::string> rank_of_node_;
    std::set<std::string> nodes_;
    std::map<std::string, int> devices_of_node_;
    double expected_total_ = 0, expected_done_ = 0;
    std::optional<scheduler::Finished> finished_;
    bool store_broken_ = false, over_ = false, all_live_ = true;
    int exit_code_ = exit_done, failure_code_ = exit_done;
};

}  // namespace attnsweep::runner
