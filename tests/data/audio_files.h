#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include <sndfile.h>

#include "data/audio/audio_stream.h"

namespace attnsweep::tests {

inline std::vector<float> sine(double frequency_hz, double duration_s, int sample_rate_hz, double amplitude = 0.5)
{
    std::vector<float> samples(static_cast<std::size_t>(std::llround(duration_s * sample_rate_hz)));
    for (std::size_t n = 0; n < samples.size(); ++n) {
        samples[n] = static_cast<float>(
            amplitude * std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(n) / sample_rate_hz));
    }
    return samples;
}

/// `interleaved` samples through libsndfile in one of its formats.
inline void write_audio(const std::filesystem::path& path, const std::vector<float>& interleaved, int sample_rate_hz,
                        int format, int channels = 1)
{
    std::filesystem::create_directories(path.parent_path());
    SF_INFO info{};
    info.samplerate = sample_rate_hz;
    info.channels = channels;
    info.format = format;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    if (file == nullptr) {
        throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
    }
    const auto frames = static_cast<sf_count_t>(interleaved.size()) / channels;
    const bool written = sf_writef_float(file, interleaved.data(), frames) == frames;
    if (sf_close(file) != 0 || !written) {
        throw std::runtime_error(path.string() + ": not written");
    }
}

inline std::string bytes_of(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path.string() + ": cannot be read");
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A whole file through data::AudioStream.
struct DecodedAudio {
    std::vector<float> samples;  // mono
    int sample_rate_hz = 0, channels = 0;
    std::string problem, damage;

    bool ok() const { return problem.empty(); }
    double duration_s() const { return double(samples.size()) / sample_rate_hz; }
};

inline DecodedAudio decode(const std::filesystem::path& path)
{
    data::AudioStream stream(path);
    DecodedAudio audio;
    for (auto block = stream.next(); !block.empty(); block = stream.next()) {
        audio.samples.insert(audio.samples.end(), block.begin(), block.end());
    }
    audio.sample_rate_hz = stream.sample_rate_hz();
    audio.channels = stream.channels();
    audio.problem = stream.problem();
    audio.damage = stream.damage();
    return audio;
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes)
{
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// The message of the exception that `action` throws; a failed expectation's text when it throws none.
template <typename Exception, typename Action> std::string message_of(Action action)
{
    try {
        action();
    } catch (const Exception& error) {
        return error.what();
    }
    return "(nothing was thrown)";
}

}  // namespace attnsweep::tests
