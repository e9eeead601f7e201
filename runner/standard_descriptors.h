#pragma once

namespace attnsweep::runner {

/// Opens descriptors 0, 1 and 2 on /dev/null where the program was started without them. Otherwise the next file, pipe or shard that it
/// opens would get such a number, and what it prints would go there. Call it first thing in main().
void open_standard_descriptors();

/// Lets a write beyond a limit on the size of files (ulimit -f) fail with EFBIG, which is reported, where the kernel would end the
/// program without a word. Programs that are started inherit it. Call it early in main().
void let_long_files_fail();

}  // namespace attnsweep::runner
