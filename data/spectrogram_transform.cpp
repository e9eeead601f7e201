#include "data/spectrogram_transform.h"

namespace attnsweep::data {
namespace {

std::variant<Stft, Cqt> transform_of(const configs::Geometry& geometry, configs::Spectrogram kind)
{
    switch (kind) {
    case configs::Spectrogram::stft:
        break;
    case configs::Spectrogram::cqt:
        return Cqt(geometry);
    }
    return Stft(geometry);
}

}  // namespace

SpectrogramTransform::SpectrogramTransform(const configs::Geometry& geometry, configs::Spectrogram kind)
    : transform_(transform_of(geometry, kind))
{
}

void SpectrogramTransform::magnitudes(std::span<const float> samples, std::span<float> out) const
{
    std::visit([&](const auto& transform) { transform.magnitudes(samples, out); }, transform_);
}

}  // namespace attnsweep::data
