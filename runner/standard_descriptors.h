#pragma once

namespace attnsweep::runner {

/// Opens descriptors 0, 1 and 2 on /dev/null where the program was started without them. Otherwise the next file, pipe or shard that it
/// opens would get such a number, and what it prints would go there. Call it first thing in main().
void open_standard_descriptors();

}  // namespace attnsweep::runner
