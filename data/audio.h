#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace attnsweep::data {

/// The decoded content of an audio file. Headers are not trusted: an mp3's may promise more than it holds.
struct DecodedAudio {
    std::vector<float> samples;  ///< mono: the mean of the channels
    int sample_rate_hz = 0;
    int channels = 0;     ///< of the file
    std::string problem;  ///< why the file cannot be used; empty: it can

    bool ok() const { return problem.empty(); }
    double duration_s() const { return sample_rate_hz > 0 ? double(samples.size()) / sample_rate_hz : 0.0; }
};

/// Decodes a whole file with libsndfile (wav, flac, aiff, ogg, mp3, ...) and mixes it to mono. A file that cannot be
/// decoded is an outcome, not an exception. Thread-safe; holds the whole recording in memory.
DecodedAudio decode(const std::filesystem::path& path);

/// Returns whether a file's name has an extension that `decode` may understand.
bool looks_like_audio(const std::filesystem::path& path);

/// Resamples with libsoxr, quality HQ. Returns ceil(n * to / from) samples; the same samples when the rates are equal.
/// Thread-safe. Throws Error.
std::vector<float> resample(std::span<const float> samples, int from_hz, int to_hz);

/// Decodes and resamples one recording that a user names. Throws Error naming the file and the reason.
std::vector<float> load_recording(const std::filesystem::path& path, int sample_rate_hz);

}  // namespace attnsweep::data
