#pragma once

#include <cstdint>
#include <filesystem>

namespace attnsweep::runner {

/// Limits and counters of the control groups (cgroups, versions 1 and 2) that this process is in, and of those above them: a
/// batch system's or a container's. Reads the kernel's files below `root`: "/", another folder in tests.
class ControlGroups {
public:
    explicit ControlGroups(std::filesystem::path root = "/") : root_(std::move(root)) {}

    /// Returns how many cores the CPU quotas allow; infinity without a quota.
    double cores() const;

    /// Returns how many bytes of memory the limits leave; the largest number without a limit. The page cache counts as
    /// free, since the kernel gives it back before it refuses memory.
    std::int64_t memory_left() const;

    /// Returns how many processes were killed for lack of memory, or -1 if no group counts them.
    std::int64_t kills_for_memory() const;

private:
    std::filesystem::path root_;
};

}  // namespace attnsweep::runner
