#pragma once

#include <exception>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// The code a program ends with for an exception of any of the libraries, or of the standard library: the one table of
/// README.md's "Exit codes". A full disk or quota is exit_no_space whoever met it. `file_error`: for a files::Error that
/// is none of that; a rank's files are the store's (exit_store). Needs the headers of the libraries' errors alone, so
/// that no program links more for it.
ExitCode exit_code_of(const std::exception& error, ExitCode file_error = exit_failed);

}  // namespace attnsweep::runner
