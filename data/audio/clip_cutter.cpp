#include "data/audio/clip_cutter.h"

#include <algorithm>

#include <fmt/format.h>
#include <soxr.h>

#include "data/audio/audio_stream.h"
#include "data/error.h"

namespace attnsweep::data {
namespace {

struct CloseResampler {
    void operator()(soxr_t resampler) const { soxr_delete(resampler); }
};

constexpr std::size_t output_block = 16384;  // samples

}  // namespace

struct ClipCutter::State {
    State(int from, int to, std::size_t clip, ClipReceiver to_whom)
        : from_hz(from), to_hz(to), clip_samples(clip), receiver(std::move(to_whom))
    {
        if (from_hz < 1 || to_hz < 1 || clip_samples < 1) {
            throw Error(fmt::format("cannot resample from {} Hz to {} Hz: both must be positive", from_hz, to_hz));
        }
        current.reserve(clip_samples);
        if (from_hz == to_hz) {
            return;
        }
        const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
        soxr_error_t error = nullptr;
        resampler.reset(soxr_create(from_hz, to_hz, 1, &error, nullptr, &quality, nullptr));
        check(error);
        output.resize(output_block);
    }

    void check(soxr_error_t error) const
    {
        if (error != nullptr) {
            throw Error(fmt::format("libsoxr cannot resample from {} Hz to {} Hz: {}", from_hz, to_hz, error));
        }
    }

    void take(std::span<const float> samples)
    {
        taken += samples.size();
        while (!samples.empty()) {
            const std::size_t count = std::min(samples.size(), clip_samples - current.size());
            current.insert(current.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
            samples = samples.subspan(count);
            if (current.size() == clip_samples) {
                receiver(current);
                current.clear();
            }
        }
    }

    void fill_to(std::uint64_t wanted)
    {
        if (taken < wanted) {
            take(std::vector<float>(wanted - taken));
        }
    }

    // No samples: the end; libsoxr gives what it has kept.
    void resample(std::span<const float> samples)
    {
        const bool is_end = samples.empty();
        for (;;) {
            std::size_t read = 0, written = 0;
            check(soxr_process(resampler.get(), is_end ? nullptr : samples.data(), samples.size(), &read, output.data(),
                               output.size(), &written));
            samples = samples.subspan(read);
            take({output.data(), written});
            if (written < output.size() && samples.empty()) {
                return;
            }
        }
    }

    int from_hz, to_hz;
    std::size_t clip_samples;
    ClipReceiver receiver;
    std::unique_ptr<soxr, CloseResampler> resampler;  // none where the rates are equal
    std::vector<float> output, current;
    std::uint64_t pushed = 0, taken = 0;
};

ClipCutter::ClipCutter(int from_hz, int to_hz, std::size_t clip_samples, ClipReceiver receiver)
    : state_(std::make_unique<State>(from_hz, to_hz, clip_samples, std::move(receiver)))
{
}

ClipCutter::~ClipCutter() = default;
ClipCutter::ClipCutter(ClipCutter&&) noexcept = default;
ClipCutter& ClipCutter::operator=(ClipCutter&&) noexcept = default;

void ClipCutter::push(std::span<const float> samples)
{
    if (samples.empty()) {
        return;
    }
    state_->pushed += samples.size();
    if (state_->resampler) {
        state_->resample(samples);
    } else {
        state_->take(samples);
    }
}

void ClipCutter::finish(bool pads_short)
{
    if (state_->resampler) {
        state_->resample({});
        // libsoxr rounds the length to the nearest, and may leave out the last sample.
        const auto from = static_cast<std::uint64_t>(state_->from_hz), to = static_cast<std::uint64_t>(state_->to_hz);
        state_->fill_to((state_->pushed * to + from - 1) / from);
    }
    if (pads_short && state_->taken > 0) {
        state_->fill_to(state_->clip_samples);
    }
}

ReadRecording for_each_clip(const std::filesystem::path& path, int sample_rate_hz, std::size_t clip_samples,
                            const ClipReceiver& receiver, bool pads_short)
{
    AudioStream stream(path);
    if (stream.problem().empty()) {
        ClipCutter cutter(stream.sample_rate_hz(), sample_rate_hz, clip_samples, receiver);
        for (auto block = stream.next(); !block.empty(); block = stream.next()) {
            cutter.push(block);
        }
        cutter.finish(pads_short);
    }
    if (!stream.problem().empty()) {
        throw Error(fmt::format("{}: {}; expected a recording (mp3, flac, wav, aiff, ogg, opus)", path.string(),
                                stream.problem()),
                    path);
    }
    return {double(stream.samples()) / stream.sample_rate_hz(), stream.damage()};
}

}  // namespace attnsweep::data
