#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/geometry.h"

namespace attnsweep::reports {

/// A spectrogram as drawn: magnitudes of `frames` x `bins`, row-major, time x frequency.
struct ShownSpectrogram {
    std::string title;
    std::vector<float> magnitudes;
};

/// Spectrograms of one kind side by side, in one picture.
struct SpectrogramRow {
    std::filesystem::path path_without_extension;
    std::string title;
    std::vector<ShownSpectrogram> spectrograms;
};

/// Draws PATH.png for each row: time in seconds, frequency in Hz (logarithmic for the CQT), level in dB below each
/// spectrogram's maximum. Returns the files. Throws Error as draw() does.
std::vector<std::filesystem::path> draw_spectrograms(const std::vector<SpectrogramRow>& rows,
                                                     const configs::Geometry& geometry, configs::Spectrogram kind);

}  // namespace attnsweep::reports
