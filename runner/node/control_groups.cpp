#include "runner/node/control_groups.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

struct ControlGroup {
    fs::path folder;
    bool is_version_1 = false;
};

bool is_listed(const std::string& name, const std::string& list)
{
    return ("," + list + ",").find("," + name + ",") != std::string::npos;
}

/// /proc writes a blank in a path as \040.
std::string unescaped(const std::string& text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int code = 0;
        const char* const end = text.data() + std::min(i + 4, text.size());
        if (text[i] == '\\' && std::from_chars(text.data() + i + 1, end, code, 8).ptr == text.data() + i + 4) {
            plain += static_cast<char>(code);
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// Returns this process's group in a hierarchy as /proc/self/cgroup names it ("5:memory:/slurm/job_7", "0::/user.slice").
std::optional<std::string> own_group(const fs::path& root, const std::string& controller, bool is_version_1)
{
    std::ifstream lines(root / "proc/self/cgroup");
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (second == std::string::npos) {
            continue;
        }
        const std::string controllers = line.substr(first + 1, second - first - 1);
        if (is_version_1 ? is_listed(controller, controllers) : controllers.empty()) {
            return line.substr(second + 1);
        }
    }
    return std::nullopt;
}

/// A mounted hierarchy of control groups.
struct Hierarchy {
    std::string top;  ///< the group that the mount shows as its root
    fs::path mount_point;
    bool is_version_1 = false;
};

/// Returns the hierarchies that have a controller ("memory", "cpu"), by lines such as
/// "36 35 98:0 /top /mount/point rw,noatime master:1 - cgroup source rw,memory".
std::vector<Hierarchy> hierarchies_of(const fs::path& root, const std::string& controller)
{
    std::vector<Hierarchy> found;
    std::ifstream mounts(root / "proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string id, parent, device, top, mount_point, word, type, source, options;
        fields >> id >> parent >> device >> top >> mount_point;
        while (fields >> word && word != "-") {
        }
        fields >> type >> source >> options;
        if (type == "cgroup2" || (type == "cgroup" && is_listed(controller, options))) {
            found.push_back(
                {unescaped(top), root / fs::path(unescaped(mount_point)).relative_path(), type == "cgroup"});
        }
    }
    return found;
}

/// Returns the groups that a controller limits this process by, innermost first.
std::vector<ControlGroup> groups_of(const fs::path& root, const std::string& controller)
{
    std::vector<ControlGroup> groups, of_containers;
    const auto add = [](std::vector<ControlGroup>& to, const Hierarchy& hierarchy, const std::string& path) {
        for (fs::path group = fs::path(path).relative_path();; group = group.parent_path()) {
            to.push_back({hierarchy.mount_point / group, hierarchy.is_version_1});
            if (group.empty()) {
                break;
            }
        }
    };
    for (const Hierarchy& hierarchy : hierarchies_of(root, controller)) {
        const std::string path = own_group(root, controller, hierarchy.is_version_1).value_or("/");
        if (hierarchy.top == "/") {
            add(groups, hierarchy, path);
        } else if ((path + "/").starts_with(hierarchy.top + "/")) {
            add(groups, hierarchy, path.substr(hierarchy.top.size()));
        } else {
            // A container may see its own group as the root of the mount, under another name than outside.
            add(of_containers, hierarchy, "");
        }
    }
    return groups.empty() ? of_containers : groups;
}

std::optional<std::int64_t> number_in(const fs::path& file)
{
    std::int64_t number = 0;
    std::ifstream text(file);
    return text >> number ? std::optional(number) : std::nullopt;  // "max": no limit
}

/// Returns a named line of a file such as memory.stat.
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

std::int64_t page_cache(const ControlGroup& group)
{
    const std::string prefix = group.is_version_1 ? "total_" : "";  // without it, groups below are not counted
    std::int64_t bytes = 0;
    for (const char* const kind : {"inactive_file", "active_file", "slab_reclaimable"}) {
        bytes += counter(group.folder / "memory.stat", prefix + kind).value_or(0);
    }
    return bytes;
}

}  // namespace

double ControlGroups::cores() const
{
    double least = HUGE_VAL;
    for (const ControlGroup& group : groups_of(root_, "cpu")) {
        std::optional<std::int64_t> quota, period;
        if (group.is_version_1) {
            quota = number_in(group.folder / "cpu.cfs_quota_us");
            period = number_in(group.folder / "cpu.cfs_period_us");
        } else {
            std::ifstream limit(group.folder / "cpu.max");  // "150000 100000", or "max 100000"
            std::int64_t first = 0, second = 0;
            if (limit >> first >> second) {
                quota = first;
                period = second;
            }
        }
        if (quota && period && *quota > 0 && *period > 0) {
            least = std::min(least, static_cast<double>(*quota) / static_cast<double>(*period));
        }
    }
    return least;
}

std::int64_t ControlGroups::memory_left() const
{
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const ControlGroup& group : groups_of(root_, "memory")) {
        const auto used = number_in(group.folder / (group.is_version_1 ? "memory.usage_in_bytes" : "memory.current"));
        const std::vector<const char*> limits =
            group.is_version_1 ? std::vector{"memory.limit_in_bytes"} : std::vector{"memory.max", "memory.high"};
        for (const char* const limit : limits) {
            const auto most = number_in(group.folder / limit);
            constexpr std::int64_t no_limit = std::int64_t{1} << 60;  // version 1 writes a number for "none"
            if (most && used && *most < no_limit) {
                const std::int64_t needed = std::max<std::int64_t>(*used - page_cache(group), 0);
                least = std::min(least, std::max<std::int64_t>(*most - needed, 1));
            }
        }
    }
    return least;
}

std::int64_t ControlGroups::kills_for_memory() const
{
    std::int64_t highest = -1;
    bool is_own = true;
    for (const ControlGroup& group : groups_of(root_, "memory")) {
        if (group.is_version_1) {
            // Counts in the group of the process that was killed alone: those above count others' processes.
            highest =
                std::max(highest, is_own ? counter(group.folder / "memory.oom_control", "oom_kill").value_or(-1) : -1);
            is_own = false;
        } else {
            // Counts those of the groups below too, and any group may have the limit.
            highest = std::max(highest, counter(group.folder / "memory.events", "oom_kill").value_or(-1));
        }
    }
    return highest;
}

}  // namespace attnsweep::runner
