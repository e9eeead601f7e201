#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::data {

/// The set to which a manifest assigns a clip. The numbers are stored in the shards.
enum class ManifestSplit : std::int8_t { none = 0, train = 1, validation = 2, test = 3 };

struct ManifestRow {
    std::filesystem::path path;  ///< as in the file; relative ones are relative to the manifest's folder
    std::string label;           ///< class_label() of what stands there
    std::string group;           ///< empty: the recording is its own group
    ManifestSplit split = ManifestSplit::none;
    std::optional<double> start_s, end_s;  ///< the selected part of the recording
    int line = 0;                          ///< in the manifest, from 1
};

struct Manifest {
    std::vector<ManifestRow> rows;
    bool has_split = false;
};

/// Reads a CSV file (RFC 4180: quoted fields, doubled quotes, CRLF or LF) with a header line
/// `path,label[,group][,split][,start_s,end_s]`, columns in any order. Throws Error naming file, line and value:
/// not UTF-8, unknown column, wrong number of fields, an empty path or label, a bad split or time, a file that is not
/// there.
Manifest read_manifest(const std::filesystem::path& path);

}  // namespace attnsweep::data
