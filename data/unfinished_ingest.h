#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "configs/geometry.h"

namespace attnsweep::data {

/// A kind of spectrogram that an ingest has begun to write.
struct UnfinishedKind {
    configs::Spectrogram spectrogram = configs::Spectrogram::stft;
    std::string digest;  ///< SpectrogramSet::digest
    std::int64_t generation = 1;
    std::int64_t shard_bytes = 0;
};

/// Records, in `ingest-unfinished.json`, what the shards in the folder that no `dataset.json` lists belong to, so that
/// the same ingest can go on after a kill. Durable. Throws files::Error.
void write_unfinished(const std::filesystem::path& folder, const std::vector<UnfinishedKind>& kinds);

/// Returns what an earlier ingest has left; empty: nothing, or nothing that can be read.
std::vector<UnfinishedKind> read_unfinished(const std::filesystem::path& folder);

void remove_unfinished(const std::filesystem::path& folder);  ///< no error if it is not there

}  // namespace attnsweep::data
