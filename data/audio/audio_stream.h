#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/audio/decoder.h"

namespace attnsweep::data {

/// Decodes an audio file (wav, flac, aiff, ogg, mp3, ...) block by block and mixes it to mono: memory does not depend on
/// its length. What is wrong with a file is an outcome, not an exception. One stream is for one thread at a time.
class AudioStream {
public:
    explicit AudioStream(const std::filesystem::path& path);
    ~AudioStream();

    /// Returns the next samples, the mean of the channels; empty at the end, or where decoding fails. Valid until the
    /// next call.
    std::span<const float> next();

    int sample_rate_hz() const;
    int channels() const;                              ///< of the file
    std::int64_t samples() const { return samples_; }  ///< decoded so far

    /// Returns why the file cannot be used at all (no audio, a sample that is not a number); empty: it can.
    const std::string& problem() const { return problem_; }
    /// Returns, after the end, in what the file is short, damaged or oddly ended: what its header announces and what was
    /// decoded. Empty: nothing is wrong.
    std::string damage() const;

private:
    std::string open(const std::filesystem::path& path);

    std::unique_ptr<Decoder> decoder_;
    std::vector<float> interleaved_, mono_;
    std::int64_t samples_ = 0;
    std::string problem_;
};

}  // namespace attnsweep::data
