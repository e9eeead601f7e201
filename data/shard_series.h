#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "data/data_set_file.h"
#include "data/shard_writer.h"
#include "data/survey.h"

namespace attnsweep::data {

/// Writes all shards of one kind of spectrogram. Creates a shard at its first clip and commits it after its last, so
/// few are open at a time when clips arrive roughly in order. Thread-safe.
class ShardSeries {
public:
    /// `survey` must outlive it. Names: shard_name() of `generation`.
    ShardSeries(const Survey& survey, const configs::Geometry& geometry, configs::Spectrogram spectrogram,
                std::filesystem::path folder, std::int64_t generation, std::int64_t shard_bytes);
    ~ShardSeries();

    std::int64_t generation() const { return generation_; }
    const std::string& digest() const { return digest_; }  ///< SpectrogramSet::digest
    /// Takes over the complete shards that an interrupted ingest of the same content has left under these names, and
    /// returns their number of clips; damaged ones are removed.
    std::int64_t adopt();

    configs::Spectrogram spectrogram() const { return spectrogram_; }
    std::int64_t bytes_to_write() const;  ///< of the magnitudes of all shards that were not adopted
    bool has(std::int64_t clip) const;    ///< whether it is in an adopted shard

    void write(std::int64_t clip, std::span<const float> values,
               const ClipLevel& level);  ///< (frames, bins); throws Error
    std::vector<std::string> names() const;
    std::vector<ShardCheck> checks() const;  ///< of each shard, once all are complete
    void remove();  ///< removes what has been written of all shards, after a failure; adopted ones stay

private:
    struct Shard {
        std::int64_t first = 0, count = 0;  // clips
        std::string name;
        std::mutex mutex;  // held while it is created
        std::unique_ptr<ShardWriter> writer;
        std::int64_t left = 0;  // clips
        bool is_adopted = false;
        ShardCheck check;
    };
    ShardContents contents(const Shard& shard) const;
    ShardWriter& begun(Shard& shard);
    bool holds(Shard& shard) const;

    const Survey& survey_;
    configs::Geometry geometry_;
    configs::Spectrogram spectrogram_;
    std::filesystem::path folder_;
    std::int64_t generation_;
    std::string digest_;
    std::int64_t capacity_ = 1;  // clips per shard
    std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace attnsweep::data
