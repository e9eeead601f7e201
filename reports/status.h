#pragma once

#include <string>
#include <vector>

#include "reports/analysis/statistics.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

struct RunningTrial {
    std::string label, host, device, started_at;
    int attempt = 1, epoch = 0, max_epochs = 0;
};
struct FailedTrial {
    std::string label;
    int attempts = 1;
    configs::Failure failure;
    bool is_tried_again = false;  ///< by the next run: missing in SweepStatus::counts, not failed
};

/// The progress of a revision of a sweep.
struct SweepStatus {
    store::SweepEntry sweep;
    Completeness counts;
    int resumable = 0;                      ///< of those missing in `counts`, how many have a checkpoint to go on from
    std::vector<RunningTrial> running;      ///< while the store's lease is held
    std::vector<RunningTrial> interrupted;  ///< begun and not ended, but the process is gone; missing in `counts`
    std::vector<FailedTrial> failed;
    bool is_newest = true;            ///< revision: what a run of the sweep file goes on with
    std::vector<std::string> hidden;  ///< labels of those hidden by `store hide`: counted here, and in no report
};

/// Reads the status of sweeps, newest first; `name` empty: all. Throws Error.
std::vector<SweepStatus> read_status(const store::Store& store, const std::string& name = {});

/// Renders the status as text for people; the store's path comes first.
std::string render_status(const store::Store& store, const std::vector<SweepStatus>& sweeps);

}  // namespace attnsweep::reports
