#pragma once

#include <cstdint>
#include <filesystem>

namespace attnsweep::runner {

/// How many processes the kernel has killed for want of memory: in this process' control group and those above it
/// (memory.events), or where these do not count, on the whole machine (/proc/vmstat). Only a difference says something: it
/// tells a trial that was killed for its memory from one that somebody killed. `root`: "/", another one in tests.
/// 0 where nothing counts.
std::int64_t kills_for_memory(const std::filesystem::path& root = "/");

}  // namespace attnsweep::runner
