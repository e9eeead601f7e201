#pragma once

#include <filesystem>
#include <string>

#include "runner/node/fence.h"

namespace attnsweep::runner {

/// Writes diagnostics of a hanging trial to its log before it is killed: why, what the kernel knows of each of its threads (state,
/// where it waits, the system call), and, unless it is stopped, the stacks that it dumps on SIGUSR2 (runner/trial/stack_dump.h).
/// Waits a few seconds for those. Does not throw: if the disk is full, nothing is written.
void write_last_words(const ProcessIdentity& process, const std::filesystem::path& log, const std::string& why);

}  // namespace attnsweep::runner
