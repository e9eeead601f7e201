#include <span>

#include "checks.h"
#include "data/cqt.h"
#include "data/stft.h"

namespace attnsweep::golden {

namespace {

constexpr double stft_tolerance = 1e-5, cqt_exact_tolerance = 1e-4, cqt_approximation_tolerance = 2e-2;

// What the attributes say. Where they are silent: what the shapes say (a clip is one second), else golden/README.md's geometry.
configs::Geometry geometry_of(const Group& file, const Group& clip, std::size_t samples)
{
    const auto setting = [&](const std::string& name, double otherwise) {
        return clip.number(name).value_or(file.number(name).value_or(otherwise));
    };
    const auto bins = [&](const std::string& name, int otherwise) {
        return clip.contains(name) ? static_cast<int>(clip.floats(name).shape.at(0)) : otherwise;
    };
    configs::Geometry geometry;
    geometry.sample_rate_hz = static_cast<int>(setting("sample_rate", static_cast<double>(samples)));
    geometry.hop_samples = static_cast<int>(setting("hop_length", geometry.hop_samples));
    geometry.n_fft = static_cast<int>(setting("n_fft", 2 * (bins("stft_magnitude", geometry.n_fft / 2 + 1) - 1)));
    geometry.bins_per_octave = static_cast<int>(setting("bins_per_octave", geometry.bins_per_octave));
    geometry.fmin_hz = setting("fmin_hz", geometry.fmin_hz);
    if (geometry.hop_samples < 1 || geometry.bins_per_octave < 1) {
        throw Error(clip.name() + ": attributes hop_length and bins_per_octave must be 1 or more");
    }
    const int cqt_bins = bins("cqt_exact", bins("cqt_magnitude", geometry.octaves * geometry.bins_per_octave));
    geometry.octaves = static_cast<int>(setting("octaves", cqt_bins / geometry.bins_per_octave));
    return geometry;
}

// (frames, bins) as this project lays it -> (bins, frames) as the golden files do.
std::vector<float> by_bin(const std::vector<float>& magnitudes, std::size_t frames, std::size_t bins)
{
    std::vector<float> turned(magnitudes.size());
    for (std::size_t frame = 0; frame < frames; ++frame) {
        for (std::size_t bin = 0; bin < bins; ++bin) {
            turned[bin * frames + frame] = magnitudes[frame * bins + bin];
        }
    }
    return turned;
}

template <typename Transform>
std::vector<float> computed(const configs::Geometry& geometry, configs::Spectrogram kind,
                            std::span<const float> samples)
{
    const auto frames = static_cast<std::size_t>(geometry.frames()),
               bins = static_cast<std::size_t>(geometry.bins(kind));
    std::vector<float> magnitudes(frames * bins);
    Transform(geometry).magnitudes(samples, magnitudes);
    return by_bin(magnitudes, frames, bins);
}

}  // namespace

void check_spectrograms(const Group& clip, const Group& file, Comparison& comparison)
{
    const std::vector<float> samples = clip.floats("samples").values;
    const configs::Geometry geometry = geometry_of(file, clip, samples.size());
    if (!clip.contains("stft_magnitude") && !clip.contains("cqt_exact") && !clip.contains("cqt_magnitude")) {
        throw Error(clip.name() + ": expected stft_magnitude, cqt_exact or cqt_magnitude beside samples");
    }
    if (clip.contains("stft_magnitude")) {
        const std::vector<float> stft = computed<data::Stft>(geometry, configs::Spectrogram::stft, samples);
        comparison.compare("stft_magnitude", clip.name(), stft, clip.floats("stft_magnitude").values, stft_tolerance);
    }
    if (!clip.contains("cqt_exact") && !clip.contains("cqt_magnitude")) {
        return;
    }
    const std::vector<float> cqt = computed<data::Cqt>(geometry, configs::Spectrogram::cqt, samples);
    const auto compare = [&](const std::string& name, double tolerance) {
        if (clip.contains(name)) {
            comparison.compare(name, clip.name(), cqt, clip.floats(name).values, tolerance);
        }
    };
    compare("cqt_exact", cqt_exact_tolerance);
    compare("cqt_magnitude", cqt_approximation_tolerance);
}

}  // namespace attnsweep::golden
