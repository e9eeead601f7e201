#pragma once

#include <string_view>

namespace attnsweep::runner {

/// Makes SIGUSR2 write a backtrace of every thread to standard error, which is a trial's log, without ending the process: a rank
/// sends it before it kills a hanging trial. The handler is async-signal-safe: it allocates nothing, takes no lock, and skips a
/// thread that does not answer. Process-wide; call it once, before any thread starts.
void answer_with_stack_dump();

/// The last line of a dump.
inline constexpr std::string_view stack_dump_end = "---- end of the stack dump ----";

}  // namespace attnsweep::runner
