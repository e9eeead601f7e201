#pragma once

#include <string_view>

namespace attnsweep::runner {

/// From now on SIGUSR2 writes a backtrace of every thread to standard error, a trial's log, and the process goes on: a rank asks
/// for it before it kills a trial that hangs. The handler is async-signal-safe: nothing is allocated, no lock is taken, and a
/// thread that does not answer is passed over. Process-wide, called once, before any thread starts.
void answer_with_stack_dump();

/// The last line of a dump.
inline constexpr std::string_view stack_dump_end = "---- end of the stack dump ----";

}  // namespace attnsweep::runner
