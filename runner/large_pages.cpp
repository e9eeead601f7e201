#include "runner/large_pages.h"

#include <cstdlib>

namespace attnsweep::runner {

std::string tunables_for_large_pages()
{
    const char* set = std::getenv("GLIBC_TUNABLES");
    const std::string before = set == nullptr ? "" : set;
    if (before.find("glibc.malloc.hugetlb") != std::string::npos) {
        return {};
    }
    return before + (before.empty() ? "" : ":") + "glibc.malloc.hugetlb=1";
}

}  // namespace attnsweep::runner
