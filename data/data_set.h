#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "configs/geometry.h"
#include "data/manifest.h"
#include "data/shard_writer.h"

namespace attnsweep::data {

/// Returns the description in DIR/dataset.json; reads nothing else. Throws Error with the remedy when it is missing,
/// damaged or written by a newer ingest.
configs::DataSetDescription describe(const std::filesystem::path& folder);

/// One kind of spectrogram of a data set, opened for reading. Clips are numbered 0..clips()-1 over all shards, the same
/// in both kinds. Thread-safe after construction.
class DataSet {
public:
    /// Opens a data set. If it is being replaced, opens the old or the new one; an open one can still be read. Throws
    /// Error naming a shard that is missing, truncated or of another data set, configs::Error when the data set lacks
    /// the kind.
    static DataSet open(const std::filesystem::path& folder, configs::Spectrogram spectrogram);
    ~DataSet();
    DataSet(DataSet&&) noexcept;
    DataSet& operator=(DataSet&&) noexcept;

    const configs::DataSetDescription& description() const;
    configs::Spectrogram spectrogram() const;
    const std::string& digest() const;  ///< SpectrogramSet::digest
    std::int64_t clips() const;
    int classes() const;
    int frames() const;  ///< H
    int bins() const;    ///< W

    int label(std::int64_t clip) const;
    std::int64_t group(std::int64_t clip) const;
    const std::string& source(std::int64_t clip) const;       ///< the recording's name
    const std::string& source_hash(std::int64_t clip) const;  ///< SHA-256 of its file, hex
    double start_s(std::int64_t clip) const;                  ///< within the recording
    ManifestSplit manifest_split(std::int64_t clip) const;
    std::optional<ClipLevel> level(std::int64_t clip) const;  ///< nullopt: the shards are older than levels

    /// Returns magnitudes (frames, bins), row-major, mapped from the shard. Throws Error when the clip's checksum is
    /// wrong.
    std::span<const float> magnitudes(std::int64_t clip) const;

private:
    DataSet();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::data
