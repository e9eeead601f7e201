#pragma once

#include <functional>
#include <iosfwd>

namespace attnsweep::runner {

/// Thrown where nobody reads standard output any more (`| head`): main() then ends the program by SIGPIPE, but only after what was
/// open has been closed. Not an exception that is told.
struct ReaderGone {};

/// Flushes std::cout and stdout. Throws Error with the cause if the output could not be written; exit_no_space for a full disk or quota.
void finish_output();

/// Calls `write` with std::cout, stops it at the first line that cannot be written, and flushes: for long output. Throws Error
/// with the cause if the output could not be written; exit_no_space for a full disk or quota.
void write_output(const std::function<void(std::ostream&)>& write);

}  // namespace attnsweep::runner
