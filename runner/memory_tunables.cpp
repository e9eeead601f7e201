#include "runner/memory_tunables.h"

#include <cstdlib>

namespace attnsweep::runner {

std::string memory_tunables()
{
    const char* set = std::getenv("GLIBC_TUNABLES");
    const std::string before = set == nullptr ? "" : set;
    if (before.find("glibc.malloc.hugetlb") != std::string::npos ||
        before.find("glibc.malloc.mmap_threshold") != std::string::npos ||
        before.find("glibc.malloc.trim_threshold") != std::string::npos) {
        return {};
    }
    return before + (before.empty() ? "" : ":") +
           "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=1073741824";
}

}  // namespace attnsweep::runner
