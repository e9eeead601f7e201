#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runner/planning/only_trials.h"
#include "runner/protocol.h"
#include "store/annotations.h"
#include "store/store_folder.h"

namespace attnsweep::runner {

/// Holds the command line of attnsweep-run.
struct RunOptions {
    std::string sweep, data, store;
    std::vector<std::string> overrides;
    std::string device;                  ///< empty: the sweep's
    int threads = 0;                     ///< 0: the sweep's
    int slots = 0;                       ///< 0: as many as each node has
    int slots_per_device = 0;            ///< 0: the sweep's
    std::optional<double> time_limit_s;  ///< empty: the Slurm job's, if it is one
    std::string progress = "auto";
    bool retry_failed = false;
    std::string on_bad_node = "stop";  ///< or leave-out
    bool preflight_only = false;
    std::optional<store::Part> part;     ///< of the sweep; `store` is then a folder
    double grace_s = 60;                 ///< from asking a trial to end to killing it
    double rank_timeout_s = 120;         ///< heartbeat timeout of a rank; 0: none
    std::optional<double> hang_after_s;  ///< empty: the sweep's
    int stop_after_alike = 5;            ///< stop if this many trials, the first to end, all fail alike; 0: never
    OnlyTrials only;                     ///< the trials that are run
    bool again = false;                  ///< they run even if they are done
    std::vector<std::string> refit;      ///< configurations to train a last time (planning/refit.h); empty: none
    std::vector<store::Annotation> annotations;  ///< tags and a note for the sweep's revision
    std::string on_end;                          ///< shell command; empty: none
};

/// Holds the options, or the code to exit with.
struct ParsedOptions {
    std::optional<RunOptions> options;
    int exit_code = exit_done;
};
/// Parses the command line; of an option given twice the last one counts. Prints help, version or errors if `speaks` (rank 0).
ParsedOptions parse_options(int argc, char** argv, bool speaks);

}  // namespace attnsweep::runner
