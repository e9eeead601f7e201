#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace attnsweep::data {

/// The last page of an Ogg file (RFC 3533, 6).
struct OggEnd {
    std::int64_t place = 0;  ///< byte behind it
    bool is_marked = false;  ///< as the last of its stream
};

/// Returns where the last Ogg page of a file ends; nullopt: it has none, or cannot be read.
std::optional<OggEnd> ogg_end(const std::filesystem::path& path);

/// Returns what stands behind the audio, which ends at byte `end`, in a few words; empty: nothing, a tag, or padding.
std::string what_follows(const std::filesystem::path& path, std::int64_t end);

}  // namespace attnsweep::data
