#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "configs/geometry.h"
#include "data/manifest.h"

namespace attnsweep::data {

/// Reads DIR/dataset.json, nothing else. Throws Error: not there, damaged, written by a newer ingest; each with what to
/// do.
configs::DataSetDescription describe(const std::filesystem::path& folder);

/// One kind of spectrogram of a data set, opened for reading. Clips are numbered 0..clips()-1 over all shards, the same
/// in both kinds. Thread-safe after construction.
class DataSet {
public:
    /// A data set that is replaced meanwhile is opened as the old one or the new one, and one that is open goes on to be read.
    /// Throws Error naming the shard that is missing, truncated or foreign, configs::Error when the kind is not there.
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
    const std::string& source(std::int64_t clip) const;  ///< the recording's name
    double start_s(std::int64_t clip) const;             ///< within the recording
    ManifestSplit manifest_split(std::int64_t clip) const;

    /// (frames, bins), row-major, mapped from the shard. Throws Error when the clip's checksum is wrong.
    std::span<const float> magnitudes(std::int64_t clip) const;

private:
    DataSet();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::data
