#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "configs/geometry.h"

namespace attnsweep::data {

/// Part of every digest: raised when a change to the ingest gives other spectrograms of the same recordings.
inline constexpr int ingest_version = 1;

inline constexpr auto data_set_file_name = "dataset.json";

/// The content of `dataset.json`: the description, and the size of each shard.
struct DataSetFile {
    configs::DataSetDescription description;
    std::vector<std::vector<std::int64_t>> shard_bytes;  ///< [spectrograms][shards]
};

/// Returns the names of all its shards, of every kind.
std::set<std::string> listed_shards(const DataSetFile& file);

DataSetFile read_data_set_file(const std::filesystem::path& folder);  ///< throws Error
void write_data_set_file(const std::filesystem::path& folder,
                         const DataSetFile& file);  ///< durably; throws files::Error

}  // namespace attnsweep::data
