#pragma once

namespace attnsweep::runner {

/// Makes SIGTERM, SIGUSR1 and SIGINT request a checkpoint and an end; a second SIGINT ends the process at once. Ignores SIGPIPE: a
/// broken event pipe shows when it is written to or polled. Process-wide; call it once, before any thread starts.
void catch_drain_signals();

/// Returns whether one of the signals of catch_drain_signals() has arrived.
bool drain_requested();

}  // namespace attnsweep::runner
