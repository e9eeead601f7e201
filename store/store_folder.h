#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::store {

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

}  // namespace attnsweep::store
