#pragma once

#include <span>
#include <variant>

#include "configs/geometry.h"
#include "data/cqt.h"
#include "data/stft.h"

namespace attnsweep::data {

/// Turns clips into magnitudes of one kind of spectrogram: the one place that chooses between Stft and Cqt. Immutable after
/// construction; `magnitudes` is thread-safe.
class SpectrogramTransform {
public:
    /// Throws Error when the geometry is not valid for that kind.
    SpectrogramTransform(const configs::Geometry& geometry, configs::Spectrogram kind);

    /// samples (clip_samples) -> out (frames, bins of the kind), row-major: time x frequency. Throws Error on other sizes.
    void magnitudes(std::span<const float> samples, std::span<float> out) const;

private:
    std::variant<Stft, Cqt> transform_;
};

}  // namespace attnsweep::data
