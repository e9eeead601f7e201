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
    /// Returns the name of the file's format if its header announces no length, so that no cut can be noticed; empty: it
    /// does, or nothing is open.
    std::string format_without_length() const;

    /// The largest sample that is used; full scale is 1, and that of 32-bit numbers which nobody scaled 2,147,483,648.
    /// Beyond, the squares of a spectrogram's values (at most this times n_fft, 2^20, or the padded samples of a clip)
    /// could overflow float32, here or in training.
    static constexpr float largest_sample = 1e10F;

private:
    std::string open(const std::filesystem::path& path);

    std::unique_ptr<Decoder> decoder_;
    std::vector<float> interleaved_, mono_;
    std::int64_t samples_ = 0;
    std::string problem_;
};

}  // namespace attnsweep::data
