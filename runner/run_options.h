#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runner/protocol.h"
#include "store/store_folder.h"

namespace attnsweep::runner {

/// The command line of attnsweep-run.
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
    std::optional<store::Part> part;     ///< of the sweep; `store` is a folder then
    double grace_s = 60;                 ///< for a trial asked to end
    double rank_timeout_s = 120;         ///< so long may a rank be silent; 0: for ever
    std::optional<double> hang_after_s;  ///< nothing: the sweep's
    int stop_after_alike = 5;            ///< trials that all fail alike, first of all to end; 0: never
};

/// Parses; prints help, version or what is wrong when `speaks` (rank 0). The options, or the code to end with. An option given
/// twice: the last one counts.
struct ParsedOptions {
    std::optional<RunOptions> options;
    int exit_code = exit_done;
};
ParsedOptions parse_options(int argc, char** argv, bool speaks);

}  // namespace attnsweep::runner
