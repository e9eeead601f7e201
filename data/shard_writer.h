#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "configs/geometry.h"
#include "data/manifest.h"

namespace attnsweep::data {

/// What a shard stores about a clip, except its magnitudes.
struct ClipRecord {
    std::int32_t label = 0;   ///< index into the classes
    std::int64_t group = 0;   ///< shared by a recording and its copies
    std::int32_t source = 0;  ///< index into the shard's sources
    double start_s = 0;       ///< within the recording
    ManifestSplit split = ManifestSplit::none;
};

/// How loud a clip is: of its samples, which are in [-1, 1] before resampling.
struct ClipLevel {
    float peak = 0;  ///< largest magnitude
    float rms = 0;   ///< root of the mean square
};

struct SourceRecord {
    std::string name;  ///< path relative to the audio folder or as in the manifest
    std::string hash;  ///< SHA-256 of the file, hex
};

/// The content of a shard, except magnitudes; known before the first clip is computed.
struct ShardContents {
    configs::Geometry geometry;
    configs::Spectrogram spectrogram = configs::Spectrogram::stft;
    std::vector<std::string> classes;
    std::vector<ClipRecord> clips;
    std::vector<SourceRecord> sources;
};

/// Writes a shard: an HDF5 file with contiguous float32 `magnitudes` (count, frames, bins), `label`, `group`, `source`,
/// `start_s`, `split`, `crc32c`, `peak`, `rms` (count), `source_name`, `source_hash`, `class_name`, and parameters as attributes. The
/// file has a temporary name until `commit`. Clips may be written from several threads.
class ShardWriter {
public:
    /// Creates the file at its full size, so that a full disk is found here. Throws Error (code: errno).
    ShardWriter(std::filesystem::path path, const ShardContents& contents);
    ~ShardWriter();  ///< removes the temporary file unless committed
    ShardWriter(const ShardWriter&) = delete;
    ShardWriter& operator=(const ShardWriter&) = delete;

    /// Writes the values (frames, bins) of clip `index` of this shard, once for each. Thread-safe. Throws Error.
    void write(std::int64_t index, std::span<const float> values, const ClipLevel& level = {});

    /// Writes the checksums, syncs, renames, syncs the folder; call it once all clips are written. Throws Error.
    void commit();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::data
