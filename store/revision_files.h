#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "configs/sweep.h"

namespace attnsweep::store {

/// A revision of a sweep as `results.db.d/revisions/NUMBER.json` keeps it: its row, its sweep's, and its trials. What
/// changes when it is run again lies in a small file of its own, NUMBER.run.json.
struct RevisionFile {
    std::int64_t revision_id = 0, sweep_id = 0, number = 0;
    std::string sweep, fingerprint, description, canonical_text, overrides, data, created_at;
    std::vector<configs::Trial> trials;  ///< in their order
    std::vector<std::string> specs;      ///< of each: its settings' JSON, byte for byte as the database has it
    std::int64_t sequence = 0;
    std::string path, data_path;
};

/// Both files, checked by a CRC and durable. Throws files::Error.
void write_revision(const std::filesystem::path& store_folder, const RevisionFile& revision);
/// The small one.
void write_revision_run(const std::filesystem::path& store_folder, const RevisionFile& revision);
bool has_revision(const std::filesystem::path& store_folder, std::int64_t revision_id);

/// In the order of their ids; what cannot be read is said in `damaged`, a line each.
std::vector<RevisionFile> read_revisions(const std::filesystem::path& store_folder, std::vector<std::string>& damaged);

}  // namespace attnsweep::store
