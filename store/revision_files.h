#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "configs/sweep.h"

namespace attnsweep::store {

/// A revision of a sweep as stored in `results.db.d/revisions/NUMBER.json`: its row, its sweep's row, and its trials.
/// Fields that change when the sweep is run again are in a small separate file, NUMBER.run.json.
struct RevisionFile {
    std::int64_t revision_id = 0, sweep_id = 0, number = 0;
    std::string sweep, fingerprint, description, canonical_text, overrides, data, created_at;
    std::vector<configs::Trial> trials;  ///< in their order
    std::vector<std::string> specs;      ///< settings of each trial as JSON, byte for byte as in the database
    std::int64_t sequence = 0;
    std::string path, data_path;
};

/// Writes both files durably, with a CRC each. Throws files::Error.
void write_revision(const std::filesystem::path& store_folder, const RevisionFile& revision);
/// Writes NUMBER.run.json durably, with a CRC. Throws files::Error.
void write_revision_run(const std::filesystem::path& store_folder, const RevisionFile& revision);
bool has_revision(const std::filesystem::path& store_folder, std::int64_t revision_id);

/// Reads all revisions, ordered by id. Adds one line per unreadable file to `damaged`.
std::vector<RevisionFile> read_revisions(const std::filesystem::path& store_folder, std::vector<std::string>& damaged);

}  // namespace attnsweep::store
