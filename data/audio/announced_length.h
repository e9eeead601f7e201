#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace attnsweep::data {

/// Returns the number of frames that a file's header announces, of the formats of which libsndfile counts what the file
/// holds without a word of what it should hold: NIST SPHERE, VOC, MATLAB, AVR, Psion, MPC 2000. nullopt: another format, or
/// none is announced. `format` is SF_INFO::format, `log` libsndfile's.
std::optional<std::int64_t> frames_in_header(const std::filesystem::path& path, int format, std::string_view log);

/// Returns the name of a format whose header announces no length that a cut would show by; empty: another format.
std::string format_without_length(int format);

}  // namespace attnsweep::data
