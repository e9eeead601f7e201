#pragma once

namespace attnsweep::runner {

/// Returns whether lines can be redrawn on a descriptor: it is a terminal, and TERM names one that moves the cursor (not dumb, as
/// in an editor's shell).
bool redraws_lines(int descriptor);

}  // namespace attnsweep::runner
