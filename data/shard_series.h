#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

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

    configs::Spectrogram spectrogram() const { return spectrogram_; }
    std::int64_t bytes() const;  ///< of all magnitudes

    void write(std::int64_t clip, std::span<const float> values);  ///< (frames, bins); throws Error
    std::vector<std::string> names() const;
    void remove();  ///< removes what has been written of all shards, after a failure

private:
    struct Shard {
        std::int64_t first = 0, count = 0;  // clips
        std::string name;
        std::mutex mutex;  // held while it is created
        std::unique_ptr<ShardWriter> writer;
        std::int64_t left = 0;  // clips
    };
    ShardContents contents(const Shard& shard) const;
    ShardWriter& begun(Shard& shard);

    const Survey& survey_;
    configs::Geometry geometry_;
    configs::Spectrogram spectrogram_;
    std::filesystem::path folder_;
    std::int64_t capacity_ = 1;  // clips per shard
    std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace attnsweep::data
