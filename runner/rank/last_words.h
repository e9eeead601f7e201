#pragma once

#include <filesystem>
#include <string>

#include "runner/node/fence.h"

namespace attnsweep::runner {

/// What can be learned of a trial that hangs, before it is killed, goes to its log: why, what the kernel knows of each of its
/// threads (state, where it waits, the system call), and, unless it is stopped, the stacks it writes itself when asked
/// (SIGUSR2, runner/trial/stack_dump.h). Waits a few seconds for those. Does not throw: a disk that is full changes nothing.
void write_last_words(const ProcessIdentity& process, const std::filesystem::path& log, const std::string& why);

}  // namespace attnsweep::runner
