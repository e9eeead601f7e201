#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "configs/geometry.h"
#include "data/data_set_file.h"

namespace attnsweep::data {

/// Lets one ingest at a time write into a data set's folder; the lock is released when the process ends.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path& folder);  ///< throws Error when another ingest holds it
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    /// Returns whether the path still leads to the locked folder: it may have been removed before it was locked.
    bool is_of(const std::filesystem::path& folder) const;

private:
    int descriptor_;
};

/// Returns a shard's file name: stft-00000.h5 for a folder's first data set, stft-00000-2.h5 for the one that replaces
/// it, and so on. A new data set's shards never have names that `dataset.json` lists: the existing data set stays
/// complete until `dataset.json` is replaced, by one rename.
std::string shard_name(configs::Spectrogram spectrogram, std::int64_t number, std::int64_t generation);

/// Returns a generation of which no shard of this kind is in the folder or listed by the data set there.
std::int64_t free_generation(const std::filesystem::path& folder, configs::Spectrogram spectrogram,
                             const std::optional<DataSetFile>& there);

/// Returns the names of the shards in the folder, complete or partial, that `file` does not list.
std::vector<std::string> other_shards(const std::filesystem::path& folder, const DataSetFile& file);

/// Removes the shards, complete or partial, that neither `stays` nor `kept` lists: those of a replaced data set, and of
/// a killed ingest of other content. Requires the lock. Shards that cannot be removed are left to a later ingest.
void remove_other_shards(const std::filesystem::path& folder, const std::optional<DataSetFile>& stays,
                         const std::set<std::string>& kept = {});

/// Returns what is at a path in place of a file ("is a folder, no file"); empty: a file, or nothing.
std::string what_is_no_file(const std::filesystem::path& path);

/// Returns whether the folder's `dataset.json` lists a shard of that name, or cannot be read to find out.
bool may_list(const std::filesystem::path& folder, const std::string& shard);

}  // namespace attnsweep::data
