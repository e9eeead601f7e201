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

/// Returns whether bytes are those of a container that libsndfile recognises whatever the file's name, and behind an ID3v2
/// tag if `is_tagged`.
bool is_whole_container(std::string_view content, bool is_tagged);

/// Returns whether a file's first bytes are those of MPEG audio (mp3, mp2): an ID3v2 tag or the header of a frame.
bool begins_like_mpeg(std::string_view head);

/// Returns whether a file's first bytes are taken for MPEG audio by libsndfile: it then warns on the terminal if they are
/// none.
bool has_mpeg_synchronisation(std::string_view head);

/// Returns the size of an ID3v2 tag with its header of ten bytes, which `head` begins with; 0: it does not.
std::int64_t id3_tag_bytes(std::string_view head);

}  // namespace attnsweep::data
