#pragma once

#include <functional>
#include <iosfwd>

namespace attnsweep::runner {

/// Flushes std::cout; throws Error saying why what was written to it did not get out, exit_no_space on a full disk or quota.
void finish_output();

/// The same for what may be long: `write` is stopped at the first line that does not get out.
void write_output(const std::function<void(std::ostream&)>& write);

}  // namespace attnsweep::runner
