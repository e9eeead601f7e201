#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "runner/error.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// Says that the system did not start a process: the program is away (a rebuild, a file server's hiccup), or processes, memory or
/// descriptors are short. Passes by itself as a rule, and no trial is to blame.
class NotStarted : public Error {
public:
    explicit NotStarted(const std::string& message) : Error(message, exit_not_started) {}
};

/// Returns the trial program: ATTNSWEEP_TRIAL_PROGRAM, else attnsweep-trial beside this one. Throws NotStarted if it cannot be
/// run.
std::filesystem::path trial_program();

/// Says how one trial process is started.
struct TrialStart {
    std::filesystem::path program;
    TrialOrder order;
    std::vector<int> cores;  ///< it is bound to; empty: unbound
    std::vector<std::string>
        gpus;  ///< UUIDs for CUDA_VISIBLE_DEVICES, in the replicas' order; empty: inherited from the rank
    std::vector<std::int64_t>
        gpu_bytes{};  ///< that are free on each of `gpus` where no other trial uses it; 0: unknown
};

/// A trial process that has been given its order.
struct TrialProcess {
    pid_t pid = 0;
    int events = -1;  ///< read end of its pipe, non-blocking; the owner closes it
};

/// Starts a trial: in its own session (a terminal's Ctrl-C does not reach it), standard output and error appended to
/// ATTEMPT/log.txt, events on a pipe, without the launcher's variables, bound to its cores from its first instruction. Its
/// identity is on disk before it gets its order: if the rank dies in between, the process exits. The calling thread stays bound
/// to the trial's cores (none: those it had at first). Throws NotStarted, files::Error.
TrialProcess start_trial(const TrialStart& start);

}  // namespace attnsweep::runner
