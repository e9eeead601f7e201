#include "runner/node/out_of_memory.h"

#include <fstream>
#include <string>

#include "runner/node/control_groups.h"

namespace attnsweep::runner {

std::int64_t kills_for_memory(const std::filesystem::path& root)
{
    const std::int64_t of_groups = ControlGroups(root).kills_for_memory();
    if (of_groups >= 0) {
        return of_groups;
    }
    std::ifstream lines(root / "proc/vmstat");
    std::string name;
    for (std::int64_t value = 0; lines >> name >> value;) {
        if (name == "oom_kill") {
            return value;
        }
    }
    return 0;
}

}  // namespace attnsweep::runner
