#include "tests/bench/data/transform_rates.h"

#include <fstream>
#include <functional>
#include <span>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "data/cqt.h"
#include "data/stft.h"
#include "tests/bench/data/stopwatch.h"

namespace attnsweep::bench {
namespace {

std::vector<float> read_samples(const std::filesystem::path& path, std::size_t clip_samples)
{
    std::vector<float> samples(std::filesystem::file_size(path) / (sizeof(float) * clip_samples) * clip_samples);
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(samples.data()), static_cast<std::streamsize>(samples.size() * sizeof(float)));
    if (!file || samples.empty()) {
        throw std::runtime_error(path.string() + " is not a file of one clip or more");
    }
    return samples;
}

// Calls work(0), work(1), .. work(count - 1), work(0), .. until the time is over.
double calls_per_second(std::size_t count, double seconds, const std::function<void(std::size_t)>& work)
{
    work(0);
    const Stopwatch watch;
    std::size_t calls = 0;
    while (watch.seconds() < seconds) {
        work(calls++ % count);
    }
    return double(calls) / watch.seconds();
}

}  // namespace

void print_transform_rates(const std::filesystem::path& clips, double seconds)
{
    constexpr std::size_t batch = 16;
    const configs::Geometry geometry;
    const auto clip_samples = static_cast<std::size_t>(geometry.clip_samples());
    const std::vector<float> samples = read_samples(clips, clip_samples);
    const std::size_t count = samples.size() / clip_samples;
    const auto clip = [&](std::size_t index) {
        return std::span(samples).subspan(index % count * clip_samples, clip_samples);
    };
    const auto values = [&](configs::Spectrogram kind) {
        return static_cast<std::size_t>(geometry.frames()) * static_cast<std::size_t>(geometry.bins(kind));
    };

    const data::Stft stft(geometry);
    std::vector<float> out(values(configs::Spectrogram::stft));
    fmt::print("stft {:.3f}\n",
               calls_per_second(count, seconds, [&](std::size_t index) { stft.magnitudes(clip(index), out); }));

    const data::Cqt cqt(geometry);
    const std::size_t of_a_clip = values(configs::Spectrogram::cqt);
    out.resize(of_a_clip);
    fmt::print("cqt {:.3f}\n",
               calls_per_second(count, seconds, [&](std::size_t index) { cqt.magnitudes(clip(index), out); }));

    out.resize(batch * of_a_clip);
    const double batches = calls_per_second(count, seconds, [&](std::size_t index) {
        for (std::size_t n = 0; n < batch; ++n) {
            cqt.magnitudes(clip(batch * index + n), std::span(out).subspan(n * of_a_clip, of_a_clip));
        }
    });
    fmt::print("cqt_16 {:.3f}\n", batches * double(batch));
}

}  // namespace attnsweep::bench
