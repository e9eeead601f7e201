#pragma once

#include <chrono>
#include <filesystem>
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
#include "runner/run_options.h"
#include "store/published_store.h"
#include "store/store.h"

namespace attnsweep::runner {

/// Holds what a run works on: its sweep, the lease on its store, the open store, and the trials left. Complete once open_run() has
/// returned it; owned by the coordinator. Members are destroyed last to first, the lease after all that uses it.
struct RunContext {
    std::chrono::steady_clock::time_point began;
    std::string recorded_as;  ///< the sweep's name in the store
    configs::Sweep sweep;     ///< only this part, with the command line's device, threads and slots per device
    std::filesystem::path data_folder, store_folder, pending_folder;
    std::unique_ptr<files::Lease> lease;
    std::unique_ptr<LeaseKeeper> keeper;               ///< renews the lease
    std::unique_ptr<store::PublishedStore> published;  ///< null: the store is written in place
    store::Store store;                                ///< checks the lease at each commit
    RemainingTrials remaining;                         ///< with the memory and first checkpoint of each trial left
    MeasuredEpochs measured_epochs;                    ///< with what was planned for the trials left
    std::optional<std::chrono::steady_clock::time_point> ends_at;  ///< when this run must have ended
    std::vector<std::string> notices;  ///< for people: which part of the sweep this is, what is ignored
    scheduler::DeviceSpeed speed{};    ///< of several devices
    std::set<std::string>
        clips_fit{};  ///< the configurations whose clips fit into a GPU's memory (execution.batch_loading)
};

/// Reads the sweep and its data set, takes the lease, opens the store (creates it, or rebuilds a lost one from its folder),
/// imports the results that wait in files, and finds out what remains. Accesses disks and may wait for a lease: call it before
/// the loop begins. Prints to standard error what it had to repair. `loop_queue` outlives the context. Throws what the libraries
/// throw; then nothing stays open.
RunContext open_run(const RunOptions& options, EventLoopQueue& loop_queue);

}  // namespace attnsweep::runner
