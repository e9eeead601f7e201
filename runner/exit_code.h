#pragma once

#include <exception>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// Maps an exception of any of the libraries, or of the standard library, to the program's exit code (docs/exit-codes.md). A
/// full disk or quota, or a limit on a file's size, is always exit_no_space, and too many open files exit_not_started.
/// `file_error`: the code for any other files::Error or filesystem_error; in a rank, whose files are
/// the store's, exit_store. Needs only the headers of the libraries' errors, so no program links more for it.
ExitCode exit_code_of(const std::exception& error, ExitCode file_error = exit_failed);

}  // namespace attnsweep::runner
