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
};

/// Where a sweep's newest revision stands.
struct SweepStatus {
    store::SweepEntry sweep;
    Completeness counts;
    std::vector<RunningTrial> running;      ///< while the store's lease is held
    std::vector<RunningTrial> interrupted;  ///< begun and not ended, but whoever ran them is gone; missing in `counts`
    std::vector<FailedTrial> failed;
};

/// Newest sweep first; `name` empty: all. Throws Error.
std::vector<SweepStatus> read_status(const store::Store& store, const std::string& name = {});

/// For a person. `store`: its path, said first; `pending`: results waiting to be taken in.
std::string render_status(const store::Store& store, const std::vector<SweepStatus>& sweeps);

}  // namespace attnsweep::reports
