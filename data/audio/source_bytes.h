#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace attnsweep::data {

/// What a survey needs of a file's bytes.
struct SourceBytes {
    std::string sha256;
    /// Where a second file of the same format begins, joined to the first: decoders end before it. MP3s aside, whose
    /// frames have no beginning (mpeg_decoder.h).
    std::optional<std::int64_t> second_beginning;
};

/// Reads a file once, in blocks. Throws files::Error where it cannot be read.
SourceBytes read_source_bytes(const std::filesystem::path& path);

}  // namespace attnsweep::data
