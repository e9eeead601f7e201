#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "configs/geometry.h"

namespace attnsweep::data {

/// Whether recordings with the same decoded audio as an earlier one are kept. Either way they are of one group.
enum class Duplicates { keep, drop };
Duplicates duplicates_from(const std::string& name);  ///< throws Error naming the known ones

/// What becomes of a recording, or a part of one, that is shorter than a clip: left out, as the paper does, or followed by
/// silence up to a clip's length.
enum class ShortRecordings { drop, pad };
ShortRecordings short_recordings_from(const std::string& name);  ///< throws Error naming the known ones

struct IngestProgress {
    std::string stage;  ///< "reading": recordings; "writing": clips
    std::int64_t done = 0;
    std::int64_t total = 0;
};

struct IngestOptions {
    std::filesystem::path audio_folder;  ///< one sub-folder per instrument; or
    std::filesystem::path manifest;      ///< a CSV file, see manifest.h
    std::filesystem::path out;           ///< the data set's folder
    configs::Geometry geometry;
    Duplicates duplicates = Duplicates::keep;
    std::vector<configs::Spectrogram> kinds = {configs::Spectrogram::stft, configs::Spectrogram::cqt};
    int threads = 0;                                      ///< 0: all cores
    bool split_from_folders = false;                      ///< the folder has train/, validation/, test/ (list_folder)
    bool strict = false;                                  ///< a file that cannot be used, or wholly, ends the ingest
    bool overwrite = false;                               ///< replace a data set of other content
    std::int64_t max_clips_per_class = 0;                 ///< 0: all; else whole recordings, spread over the class
    std::int64_t shard_bytes = std::int64_t{256} << 20;   ///< of magnitudes in a shard, at least one clip
    std::function<void(const IngestProgress&)> progress;  ///< called from several threads, one at a time
    ShortRecordings short_recordings = ShortRecordings::drop;
};

/// A recording (or manifest row) with which something is wrong, and what.
struct SkippedRecording {
    std::string source;  ///< path relative to the folder; for a manifest "FILE:LINE: path"
    std::string reason;
};

struct IngestReport {
    configs::DataSetDescription description;
    std::vector<SkippedRecording> skipped;  ///< empty, corrupt or unreadable, in order: they gave no clips
    std::vector<SkippedRecording> damaged;  ///< short, damaged or oddly ended: used as far as they can be decoded
    std::vector<std::string> notes;         ///< RecordingList::notes
    std::int64_t too_short = 0;             ///< recordings shorter than a clip that were left out
    std::int64_t padded = 0;                ///< recordings shorter than a clip that silence was added to
    std::int64_t other_files = 0;           ///< files among the recordings that are not audio
    std::int64_t duplicates = 0;            ///< recordings with the same audio as an earlier one
    std::int64_t duplicates_dropped = 0;
    /// Of these, the pairs in two classes: one of the labels is wrong.
    std::vector<std::string> duplicates_across_classes;
    std::vector<std::string> empty_classes;     ///< sub-folders that gave no clip: not classes of the data set
    std::vector<configs::Spectrogram> written;  ///< kinds written now; empty: the same content existed already
    std::int64_t bytes_written = 0;
    std::int64_t clips_resumed = 0;  ///< written by an ingest of the same content that was interrupted
    double duration_s = 0;
};

/// Converts audio to a data set. Recordings are cut into as many whole clips as they hold; shorter ones are dropped (paper,
/// section III: clips of one second) or padded. Every file is decoded once for the survey, and once more to be transformed, in blocks:
/// memory does not depend on how long recordings are. The result does not depend on the number of threads. `dataset.json` is written
/// last, so an interrupted ingest leaves no data set, or the previous one: its files are removed only when the new data
/// set is complete and on the disk. After a kill, the same ingest goes on with the shards that were complete. If the same content exists already, only missing kinds are written. Throws Error
/// (code ENOSPC: disk full), files::Error.
IngestReport ingest(const IngestOptions& options);

}  // namespace attnsweep::data
