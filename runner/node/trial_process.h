#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// The trial program: ATTNSWEEP_TRIAL_PROGRAM, else attnsweep-trial beside this one. Throws Error when it cannot be run.
std::filesystem::path trial_program();

/// How one trial process is started.
struct TrialStart {
    std::filesystem::path program;
    TrialOrder order;
    std::vector<int> cores;  ///< it is bound to; empty: unbound
    std::string gpu;         ///< for CUDA_VISIBLE_DEVICES; empty: as the rank's own
};

/// A trial process that has been given its order.
struct TrialProcess {
    pid_t pid = 0;
    int events = -1;  ///< read end of its pipe, non-blocking; the owner closes it
};

/// Starts a trial: a session of its own (a terminal's Ctrl-C does not reach it), standard output and error appended to
/// ATTEMPT/log.txt, events on a pipe, none of the launcher's variables, its cores set before its first instruction. Its
/// identity is on disk before it gets its order: a rank that dies in between leaves a process that ends by itself.
/// The calling thread has the trial's cores from then on (none: those it had at first). Throws Error, files::Error.
TrialProcess start_trial(const TrialStart& start);

}  // namespace attnsweep::runner
