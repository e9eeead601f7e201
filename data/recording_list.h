#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/manifest.h"

namespace attnsweep::data {

/// A recording to be ingested, or the part of one that a manifest names.
struct Recording {
    std::filesystem::path path;
    std::string source;  ///< its name in the data set: relative to the folder, or as in the manifest; printable
    std::string place;   ///< where it was named: "" or "manifest.csv:12: "
    std::string label;   ///< class_label()
    std::string group;   ///< the manifest's; empty: none
    ManifestSplit split = ManifestSplit::none;
    std::optional<double> start_s, end_s;
};

/// The recordings to ingest, in the order of their clips.
struct RecordingList {
    std::vector<Recording> recordings;
    std::vector<std::string> labels;         ///< sorted; of all recordings, usable or not
    std::vector<std::string> empty_folders;  ///< sub-folders without any audio file
    std::vector<std::string> notes;          ///< what looks like a mistake and is none for certain; a sentence each
    std::int64_t other_files = 0;            ///< not audio by their name
    bool has_split = false;
};

/// Lists a folder with one sub-folder per class, each searched to any depth and sorted by path; files beside the
/// sub-folders and hidden ones are ignored, and so is `out`. With `split_from_folders`, the sub-folders are the parts
/// of a split (train; valid, validation, val or dev; test or testing), and theirs are the classes. A link that leads to
/// a folder around it is not followed, and noted. Throws Error with the remedy: no folder, no sub-folder, no audio, one
/// class, a name that is no label, parts of a split where classes are expected or the other way round.
RecordingList list_folder(const std::filesystem::path& folder, const std::filesystem::path& out,
                          bool split_from_folders = false);

/// Lists a manifest's recordings in its order. Throws Error naming the line of a file that does not exist, or one
/// class.
RecordingList list_manifest(const std::filesystem::path& manifest);

}  // namespace attnsweep::data
