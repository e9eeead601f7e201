#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::store {

class Connection;

/// A folder of stores, one a part of a sweep: `run --part 3/8 --store results.d/` writes results.d/part-3-of-8.db, and readers
/// take the folder as one store. Each part's store knows the whole sweep, and the results of its own trials.
struct Part {
    int number = 1, of = 1;  ///< 1 <= number <= of
    bool operator==(const Part&) const = default;
};

/// "3/8"; nothing when it is no part of anything (0/8, 9/8, x).
std::optional<Part> part_from(const std::string& text);

std::filesystem::path part_store(const std::filesystem::path& folder, const Part& part);

/// The inverse of part_store's last step: "part-3-of-8.db"; nothing for another name.
std::optional<Part> part_named(const std::filesystem::path& store);

/// The stores in the folder, by number; none when there is no such folder. Throws Error naming the file and the remedy when
/// a .db file is no part, or when parts of different numbers of parts lie together.
std::vector<std::filesystem::path> parts_in(const std::filesystem::path& folder);

/// A database of its own, temporary and private, that holds what the parts hold at this moment; nothing is written into the
/// folder. A trial that several parts know is there once, its attempts numbered on, done when it is done in any. Folders
/// of attempts are absolute. Parts may be written meanwhile; one that is just being made counts as not there.
/// SQLite keeps it in memory while it is small and moves it into a temporary file when it grows.
/// Throws Error when there is no part, or when parts hold different revisions of a sweep as the newest.
std::unique_ptr<Connection> read_as_one(const std::filesystem::path& folder,
                                        const std::vector<std::filesystem::path>& parts);

}  // namespace attnsweep::store
