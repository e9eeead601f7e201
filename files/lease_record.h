#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "files/lease.h"

namespace attnsweep::files {

/// The line in a lease's file and what it says about its holder: for lease.cpp only.

/// Returns this process as a holder.
Lease::Holder this_holder();
std::string line_of(const Lease::Holder& holder);
/// Returns the line of a released lease: only its generation, so that the next one is higher.
std::string released_line(std::int64_t generation);

/// Reads the holder from a lease's file; pid 0 if it was released, nullopt if there is no file. Throws Error.
std::optional<Lease::Holder> holder_in(const std::filesystem::path& path);

/// Returns whether the holder is of this machine, its current boot and this process's pid namespace (containers
/// differ).
bool is_of_this_boot(const Lease::Holder& holder);
/// Returns whether the process of a holder of this boot is still running.
bool is_alive(const Lease::Holder& holder);

}  // namespace attnsweep::files
