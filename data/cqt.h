#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "configs/geometry.h"

namespace attnsweep::data {

/// Computes magnitudes of the constant-Q transform by its definition (Brown 1991; window and scale as librosa's): bin k has
/// f_k = fmin 2^(k/b), length l_k = Q rate / f_k with r = 2^(1/b), Q = (r^2 + 1) / (r^2 - 1); its filter is a periodic
/// Hann window times exp(2 pi i f_k n / rate) at the integers n from floor(-l_k/2) to floor(l_k/2) - 1, of unit L1
/// norm; frame t is |sum_n x[hop t + n] conj(w_k[n])| sqrt(l_k), zeros outside the clip.
///
/// Method: one FFT of the zero-padded clip; per bin a product with the filter's spectrum, real since filters are
/// symmetric, cut where it is below 1e-6 of its peak; products folded modulo (padded length / hop), one short inverse FFT.
/// Within 1e-5 of the definition (relative, Frobenius). Immutable after construction; `magnitudes` is thread-safe.
class Cqt {
public:
    explicit Cqt(const configs::Geometry& geometry);  ///< throws Error, for example for a bin beyond Nyquist
    ~Cqt();
    Cqt(Cqt&&) noexcept;
    Cqt& operator=(Cqt&&) noexcept;

    /// samples (clip_samples) -> out (frames, octaves * bins_per_octave), row-major: time x frequency. Throws Error on
    /// other sizes.
    void magnitudes(std::span<const float> samples, std::span<float> out) const;

    std::size_t padded_samples() const;    ///< length of the clip's FFT
    std::size_t kernel_non_zeros() const;  ///< numbers kept of all filters' spectra

private:
    struct Plan;
    std::unique_ptr<Plan> plan_;
};

}  // namespace attnsweep::data
