#pragma once

#include <string>

#include "runner/run_options.h"

namespace attnsweep::runner {

/// What is known at the end of a run, for the command of --on-end.
struct RunReport {
    std::string sweep;  ///< its name; the file's where the run was refused before it was read
    int total = 0, done = 0, failed = 0;
    std::string summary;  ///< closing_summary(); empty: refused at the start
};

/// Runs the command of --on-end in a shell, if there is one, once the lease is released: it may use the store. Its variables:
/// ATTNSWEEP_STORE; ATTNSWEEP_RUN_NAME, _EXIT_CODE, _TOTAL, _DONE, _FAILED, _LEFT and _REPORT, the path of a text with the closing lines and
/// the tables of `attnsweep report`. It has no input, and is ended after ten minutes. What goes wrong is said on standard error
/// and changes nothing.
void run_on_end(const RunOptions& options, const RunReport& report, int exit_code);

}  // namespace attnsweep::runner
