#pragma once

#include <filesystem>
#include <memory>
#include <vector>

namespace attnsweep::store {

class Connection;

/// Copies the current content of all parts of a folder of stores into one temporary private database; writes nothing
/// into the folder. A trial that is in several parts appears once, with its attempts renumbered, and is done if it is
/// done in any part. Attempt folders are absolute paths. Parts may be written meanwhile; a part that is just being
/// created is skipped. SQLite keeps the copy in memory while it is small and moves it to a temporary file when it
/// grows. Throws Error if there is no part, or if the parts disagree on the newest revision of a sweep.
std::unique_ptr<Connection> read_as_one(const std::filesystem::path& folder,
                                        const std::vector<std::filesystem::path>& parts);

}  // namespace attnsweep::store
