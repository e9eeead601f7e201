#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

namespace attnsweep::tests {

/// Writes mono samples in [-1, 1] as a 16-bit WAV file.
inline void write_wav(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate_hz)
{
    std::filesystem::create_directories(path.parent_path());
    const auto bytes = static_cast<std::uint32_t>(2 * samples.size());
    const auto rate = static_cast<std::uint32_t>(sample_rate_hz);
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](const auto value) { file.write(reinterpret_cast<const char*>(&value), sizeof value); };
    file.write("RIFF", 4);
    put(bytes + 36);
    file.write("WAVEfmt ", 8);
    put(std::uint32_t{16});
    put(std::uint16_t{1});
    put(std::uint16_t{1});
    put(rate);
    put(2 * rate);
    put(std::uint16_t{2});
    put(std::uint16_t{16});
    file.write("data", 4);
    put(bytes);
    for (const float sample : samples) {
        put(static_cast<std::int16_t>(std::lround(32767.0f * sample)));
    }
}

/// A folder of `classes` sub-folders, each with `recordings` tones of about `seconds` s: the class sets the pitch and the
/// number of partials, the recording a detuning and a level, so that a small network can learn to tell them apart.
inline void write_tone_corpus(const std::filesystem::path& folder, int classes, int recordings, double seconds = 2.05,
                              int sample_rate_hz = 22050)
{
    for (int instrument = 0; instrument < classes; ++instrument) {
        for (int recording = 0; recording < recordings; ++recording) {
            const double pitch_hz = 150.0 * std::pow(1.35, instrument % 10) * (1.0 + 0.004 * recording);
            const int partials = 1 + 3 * (instrument / 10) + instrument % 3;
            std::vector<float> samples(static_cast<std::size_t>(seconds * sample_rate_hz));
            for (std::size_t i = 0; i < samples.size(); ++i) {
                double value = 0;
                for (int partial = 1; partial <= partials; ++partial) {
                    value +=
                        std::sin(2 * std::numbers::pi * partial * pitch_hz * static_cast<double>(i) / sample_rate_hz) /
                        partial;
                }
                samples[i] = static_cast<float>((0.3 + 0.02 * (recording % 5)) * value / 2);
            }
            const std::string name =
                "instrument-" + std::string(instrument < 10 ? "0" : "") + std::to_string(instrument);
            write_wav(folder / name / (name + "-" + std::to_string(recording) + ".wav"), samples, sample_rate_hz);
        }
    }
}

}  // namespace attnsweep::tests
