#pragma once

#include <filesystem>
#include <memory>
#include <vector>

namespace attnsweep::store {

class Connection;

/// Copies what the parts of a folder of stores hold at this moment into a database of its own, temporary and private; nothing is
/// written into the folder. A trial that several parts know is there once, its attempts numbered on, done when it is done in any.
/// Folders of attempts are absolute. Parts may be written meanwhile; one that is just being made counts as not there.
/// SQLite keeps the copy in memory while it is small and moves it into a temporary file when it grows.
/// Throws Error when there is no part, or when parts hold different revisions of a sweep as the newest.
std::unique_ptr<Connection> read_as_one(const std::filesystem::path& folder,
                                        const std::vector<std::filesystem::path>& parts);

}  // namespace attnsweep::store
