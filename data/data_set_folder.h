#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "configs/geometry.h"
#include "data/data_set_file.h"

namespace attnsweep::data {

/// Lets one ingest at a time write into a data set's folder; the lock goes with the process.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path& folder);  ///< throws Error when another ingest has it
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int descriptor_;
};

/// Names a shard: stft-00000.h5 of a folder's first data set, stft-00000-2.h5 of the one that replaces it, and so on. A new
/// data set's shards never take the names of those that `dataset.json` still lists: the data set there stays whole
/// until `dataset.json` is replaced, by one rename.
std::string shard_name(configs::Spectrogram spectrogram, std::int64_t number, std::int64_t generation);

/// Finds a generation of which no shard of this kind is in the folder, nor listed by the data set there.
std::int64_t free_generation(const std::filesystem::path& folder, configs::Spectrogram spectrogram,
                             const std::optional<DataSetFile>& there);

/// Removes the shards, whole or half written, that `stays` does not list: those of a data set that was replaced, and of an ingest
/// that was killed. For the holder of the lock. What cannot be removed is left to a later ingest.
void remove_other_shards(const std::filesystem::path& folder, const std::optional<DataSetFile>& stays);

/// Whether the folder's `dataset.json` lists a shard of that name, or cannot be read to say so.
bool may_list(const std::filesystem::path& folder, const std::string& shard);

}  // namespace attnsweep::data
