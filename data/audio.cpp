#include "data/audio.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <sndfile.h>
#include <soxr.h>

#include "data/error.h"

namespace attnsweep::data {
namespace {

struct CloseSound {
    void operator()(SNDFILE* file) const { sf_close(file); }
};

constexpr sf_count_t block_frames = 65536;

DecodedAudio failed(std::string problem)
{
    DecodedAudio audio;
    audio.problem = std::move(problem);
    return audio;
}

// libsndfile's messages may end in a full stop or a line break; here they are part of a sentence.
std::string reason_of(SNDFILE* file)
{
    std::string reason = sf_strerror(file);
    while (!reason.empty() && (reason.back() == '.' || std::isspace(static_cast<unsigned char>(reason.back())))) {
        reason.pop_back();
    }
    return reason;
}

}  // namespace

bool looks_like_audio(const std::filesystem::path& path)
{
    static constexpr std::array endings = {".mp3", ".flac", ".wav", ".wave", ".aiff", ".aif", ".aifc", ".ogg",
                                           ".oga", ".opus", ".w64", ".rf64", ".caf",  ".au",  ".snd",  ".mp2"};
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

DecodedAudio decode(const std::filesystem::path& path)
{
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (!std::filesystem::exists(status)) {
        return failed("does not exist");
    }
    if (!std::filesystem::is_regular_file(status)) {
        return failed("is not a file");
    }
    if (std::filesystem::file_size(path, code) == 0 && !code) {
        return failed("is empty (0 bytes)");
    }

    SF_INFO info{};
    errno = 0;
    std::unique_ptr<SNDFILE, CloseSound> file(sf_open(path.c_str(), SFM_READ, &info));
    if (!file) {
        const std::string system = errno == EACCES ? " (permission denied)" : "";
        return failed(fmt::format("cannot be decoded: {}{}", reason_of(nullptr), system));
    }
    if (info.channels < 1 || info.samplerate < 1) {
        return failed(fmt::format("its header is not valid: {} channels at {} Hz", info.channels, info.samplerate));
    }

    DecodedAudio audio;
    audio.sample_rate_hz = info.samplerate;
    audio.channels = info.channels;
    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<float> block(static_cast<std::size_t>(block_frames) * channels);
    const float share = 1.0F / static_cast<float>(channels);
    for (;;) {
        const sf_count_t frames = sf_readf_float(file.get(), block.data(), block_frames);
        if (frames <= 0) {
            break;
        }
        for (std::size_t frame = 0; frame < static_cast<std::size_t>(frames); ++frame) {
            float sum = 0;
            for (std::size_t channel = 0; channel < channels; ++channel) {
                sum += block[frame * channels + channel];
            }
            audio.samples.push_back(channels == 1 ? sum : sum * share);
        }
    }
    if (sf_error(file.get()) != SF_ERR_NO_ERROR) {
        return failed(fmt::format("breaks off after {:.2f} s: {}", audio.duration_s(), reason_of(file.get())));
    }
    if (audio.samples.empty()) {
        return failed("holds no samples");
    }
    const auto bad =
        std::find_if_not(audio.samples.begin(), audio.samples.end(), [](float x) { return std::isfinite(x); });
    if (bad != audio.samples.end()) {
        return failed(fmt::format("holds a value that is not a finite number at {:.3f} s",
                                  double(bad - audio.samples.begin()) / audio.sample_rate_hz));
    }
    return audio;
}

std::vector<float> resample(std::span<const float> samples, int from_hz, int to_hz)
{
    if (from_hz < 1 || to_hz < 1) {
        throw Error(fmt::format("cannot resample from {} Hz to {} Hz: both must be positive", from_hz, to_hz));
    }
    if (from_hz == to_hz) {
        return {samples.begin(), samples.end()};
    }
    const auto wanted = static_cast<std::size_t>(std::ceil(double(samples.size()) * to_hz / from_hz));
    std::vector<float> out(wanted);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    std::size_t read = 0;
    std::size_t written = 0;
    const soxr_error_t error = soxr_oneshot(from_hz, to_hz, 1, samples.data(), samples.size(), &read, out.data(),
                                            out.size(), &written, nullptr, &quality, nullptr);
    if (error != nullptr) {
        throw Error(fmt::format("libsoxr cannot resample from {} Hz to {} Hz: {}", from_hz, to_hz, error));
    }
    return out;  // samples that libsoxr's rounding leaves at the end are zero
}

std::vector<float> load_recording(const std::filesystem::path& path, int sample_rate_hz)
{
    const DecodedAudio audio = decode(path);
    if (!audio.ok()) {
        throw Error(fmt::format("{}: {}; expected an audio file that libsndfile reads (mp3, flac, wav, aiff, ogg)",
                                path.string(), audio.problem),
                    path);
    }
    return resample(audio.samples, audio.sample_rate_hz, sample_rate_hz);
}

}  // namespace attnsweep::data
