#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::store {

/// A part of a sweep. A folder of stores holds one store per part: `run --part 3/8 --store results.d/` writes
/// results.d/part-3-of-8.db, and readers read the folder as one store. The store of each part describes the whole sweep
/// and holds the results of its own trials.
struct Part {
    int number = 1, of = 1;  ///< 1 <= number <= of
    bool operator==(const Part&) const = default;
};

/// Parses "3/8"; nothing if it is not a valid part (0/8, 9/8, x).
std::optional<Part> part_from(const std::string& text);

std::filesystem::path part_store(const std::filesystem::path& folder, const Part& part);

/// Parses the file name of a part's store, "part-3-of-8.db"; nothing for another name.
std::optional<Part> part_named(const std::filesystem::path& store);

/// Lists the stores in the folder by part number; empty if there is no such folder. Throws Error, naming the file and
/// the remedy, if a .db file is not a part or if the parts have different totals.
std::vector<std::filesystem::path> parts_in(const std::filesystem::path& folder);

}  // namespace attnsweep::store
