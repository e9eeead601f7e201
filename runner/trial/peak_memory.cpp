#include "runner/trial/peak_memory.h"

#include <sys/resource.h>

namespace attnsweep::runner {

std::int64_t peak_memory_bytes()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * std::int64_t{1024};
}

}  // namespace attnsweep::runner
