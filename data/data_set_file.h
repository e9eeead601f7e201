#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "configs/geometry.h"

namespace attnsweep::data {

/// Part of every digest: raised when a change to the ingest gives other spectrograms of the same recordings.
inline constexpr int ingest_version = 1;

inline constexpr auto data_set_file_name = "dataset.json";

/// What a whole shard looks like from outside. Data sets of attnsweep 0.1.0 have the size alone.
struct ShardCheck {
    std::int64_t bytes = 0;
    std::optional<std::uint32_t> crc32c;        ///< of the file
    std::optional<std::uint32_t> table_crc32c;  ///< ShardReader::table_crc32c
};

/// The content of `dataset.json`: the description, and what each shard must be.
struct DataSetFile {
    configs::DataSetDescription description;
    int ingest_version = data::ingest_version;    ///< of the ingest that wrote it
    std::vector<std::vector<ShardCheck>> shards;  ///< [spectrograms][shards]
};

/// Returns the names of all its shards, of every kind.
std::set<std::string> listed_shards(const DataSetFile& file);

DataSetFile read_data_set_file(const std::filesystem::path& folder);  ///< throws Error
void write_data_set_file(const std::filesystem::path& folder,
                         const DataSetFile& file);  ///< durably; throws files::Error

}  // namespace attnsweep::data
