#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/ingest.h"
#include "data/recording_list.h"

namespace attnsweep::data {

/// A usable recording, as far as it must be known before the first spectrogram.
struct SurveyedRecording {
    Recording recording;
    std::string file_hash;          ///< SHA-256 of the file's bytes
    std::string audio_hash;         ///< SHA-256 of all decoded samples and their rate
    std::int64_t decoded = 0;       ///< samples of the whole file
    std::int64_t first_sample = 0;  ///< of the selected part, at the file's own rate
    std::int64_t samples = 0;       ///< of the selected part
    int sample_rate_hz = 0;
    std::int64_t clips = 0;
    std::int64_t first_clip = 0;  ///< number of its first clip in the data set
    std::int32_t label = 0;
    std::int64_t group = 0;  ///< dense, in order of first appearance
    bool is_padded = false;  ///< shorter than a clip: silence follows it
};

/// The recordings of the future data set, in the order of their clips.
struct Survey {
    std::vector<std::string> classes;  ///< sorted; each has at least one clip
    std::vector<SurveyedRecording> recordings;
    std::int64_t clips = 0;
    bool has_split = false;
};

/// Decodes every recording once to find out which can be decoded, how long they are and which are duplicates. Fills
/// `report`'s counts. Throws Error when no recording can be used or only one class is left, and in strict mode when one
/// cannot be used.
Survey survey(RecordingList list, const IngestOptions& options, IngestReport& report);

/// Returns SpectrogramSet::digest of a kind: over class names, source hashes, clip table, parameters and
/// ingest_version.
std::string digest_of(const Survey& survey, const configs::Geometry& geometry, configs::Spectrogram spectrogram);

}  // namespace attnsweep::data
