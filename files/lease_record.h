#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "files/lease.h"

namespace attnsweep::files {

/// The line of a lease's file and what it says of its holder: for lease.cpp alone.

/// This process.
Lease::Holder this_holder();
std::string line_of(const Lease::Holder& holder);
/// The line of one that was given back: its generation alone, so that the next is higher.
std::string released_line(std::int64_t generation);

/// pid 0 when it was given back; nothing when there is no file. Throws Error.
std::optional<Lease::Holder> holder_in(const std::filesystem::path& path);

/// The same machine since it was started, and the same numbering of processes (containers have their own).
bool is_of_this_boot(const Lease::Holder& holder);
/// Of a holder of this boot: whether its process is there.
bool is_alive(const Lease::Holder& holder);

}  // namespace attnsweep::files
