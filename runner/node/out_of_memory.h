#pragma once

#include <cstdint>
#include <filesystem>

namespace attnsweep::runner {

/// Counts the processes that the kernel's OOM killer has killed: in this process's control groups (memory.events,
/// memory.oom_control), or if these have no counter, on the whole machine (/proc/vmstat). Only a difference is meaningful: it tells
/// a trial killed for lack of memory from one that somebody killed. `root`: "/", another folder in tests. Returns 0 if there is
/// no counter.
std::int64_t kills_for_memory(const std::filesystem::path& root = "/");

}  // namespace attnsweep::runner
