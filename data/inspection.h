#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/geometry.h"
#include "data/data_set.h"

namespace attnsweep::data {

/// What a data set holds of a class.
struct ClassContent {
    std::string name;
    std::int64_t clips = 0, recordings = 0;
    std::array<std::int64_t, 3> parts{};  ///< clips to train, to validate, to test, as the manifest or the folders say
    std::optional<double> loudness_db;    ///< mean level of its clips, dB below full scale (RMS); silent clips aside
};

/// A clip of a data set that somebody should look at.
struct NamedClip {
    std::int64_t clip = 0;
    std::string name;  ///< "violin/a.wav at 3 s"
};

/// A data set as found by reading all of it.
struct Inspection {
    configs::DataSetDescription description;
    std::vector<ClassContent> classes;
    std::vector<std::int64_t> recording_clips;  ///< of each recording (or part of one), ascending
    bool has_levels = true;                     ///< false: made by attnsweep 0.1.0, which recorded none
    std::vector<NamedClip> near_silent;         ///< RMS below -60 dB
    std::vector<NamedClip> at_full_scale;       ///< a sample reaches 0.999: perhaps clipped
    std::vector<std::string> duplicates;        ///< "A equals B": clips with the same magnitudes
};

/// Returns whether a clip is the first of a recording, or of a part of one.
bool begins_recording(const DataSet& set, std::int64_t clip);

/// Reads one kind of spectrogram of a data set, all clips. Throws Error naming a shard or clip that is damaged.
Inspection inspect(const std::filesystem::path& folder);

/// What comparing a data set with itself has found.
struct Verification {
    std::vector<std::string> faults;      ///< a sentence each, naming file, clip and source
    std::vector<std::string> unverified;  ///< what could not be compared, and why
};

/// Compares every file of a data set with what `dataset.json` says of it, every clip with its checksum, and `dataset.json`
/// with the shards, as far as they hold the same. Finds missing, short, long, damaged and foreign shards, and edits. Throws
/// Error when `dataset.json` itself cannot be read.
Verification verify(const std::filesystem::path& folder);

}  // namespace attnsweep::data
