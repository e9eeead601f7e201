#pragma once

#include <memory>
#include <span>

#include "configs/geometry.h"

namespace attnsweep::data {

/// Computes magnitudes of the short-time Fourier transform as librosa 0.10 computes them: zero padding, centred frames,
/// periodic Hann window of n_fft samples. Immutable after construction; `magnitudes` is thread-safe.
class Stft {
public:
    explicit Stft(const configs::Geometry& geometry);  ///< throws Error when the geometry is not valid
    ~Stft();
    Stft(Stft&&) noexcept;
    Stft& operator=(Stft&&) noexcept;

    /// samples (clip_samples) -> out (frames, n_fft / 2 + 1), row-major: time x frequency. Throws Error on other sizes.
    void magnitudes(std::span<const float> samples, std::span<float> out) const;

private:
    struct Plan;
    std::unique_ptr<Plan> plan_;
};

}  // namespace attnsweep::data
