#include "runner/node/out_of_memory.h"

#include <fstream>
#include <optional>
#include <string>

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> counter(const fs::path& file, const std::string& wanted)
{
    std::ifstream lines(file);
    std::string name;
    for (std::int64_t value = 0; lines >> name >> value;) {
        if (name == wanted) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace

std::int64_t kills_for_memory(const fs::path& root)
{
    // A group's counters include those of the groups below, and any group may have a limit: take the highest one that counts.
    std::optional<std::int64_t> highest;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        if (!line.starts_with("0::/")) {
            continue;
        }
        for (fs::path group = line.substr(4);; group = group.parent_path()) {
            if (const auto kills = counter(root / "sys/fs/cgroup" / group / "memory.events", "oom_kill")) {
                highest = std::max(highest.value_or(0), *kills);
            }
            if (group.empty()) {
                break;
            }
        }
    }
    return highest ? *highest : counter(root / "proc/vmstat", "oom_kill").value_or(0);
}

}  // namespace attnsweep::runner
