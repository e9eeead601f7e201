#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace attnsweep::data {

/// Returns whether a file's name has an extension of audio, be it one that cannot be decoded: such a file is named with
/// the reason, and not passed over as a text beside the recordings is.
bool looks_like_audio(const std::filesystem::path& path);

/// Returns up to `most` bytes of a file from byte `place` on; none where it cannot be read.
std::string bytes_at(const std::filesystem::path& path, std::int64_t place, std::size_t most);

/// Returns a file name's extension in lower case: ".mp3".
std::string lower_case_extension(const std::filesystem::path& path);

/// Returns what a file is, from its first bytes (512 are enough), if it is something that people have in place of a
/// recording ("a web page (HTML)", "an MPEG-4 file (m4a, mp4)", ...); empty: not known.
std::string kind_of_other_file(std::string_view head);

/// Returns whether a file's first bytes are those of a container that libsndfile reads, whatever the file's name.
bool begins_like_container(std::string_view head);

/// Returns whether a file's first bytes are those of MPEG audio (mp3, mp2): an ID3v2 tag or the header of a frame.
bool begins_like_mpeg(std::string_view head);

}  // namespace attnsweep::data
