#pragma once

namespace attnsweep::runner {

/// SIGTERM, SIGUSR1 and SIGINT ask for a checkpoint and an end; a second SIGINT ends at once. SIGPIPE is ignored:
/// a broken event pipe shows when it is written to or polled. Process-wide, called once, before any thread starts.
void catch_drain_signals();

/// True once one of these signals came.
bool drain_requested();

}  // namespace attnsweep::runner
