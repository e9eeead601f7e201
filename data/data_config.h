#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/geometry.h"
#include "data/ingest.h"

namespace attnsweep::data {

/// What a data config (`configs/data/*.toml`) says: `[geometry]` sample_rate_hz, hop_samples, n_fft, octaves,
/// bins_per_octave, fmin_hz, clip_s; `[ingest]` duplicates, short. A key left out has Geometry's default, the paper's.
struct DataConfig {
    configs::Geometry geometry;
    Duplicates duplicates = Duplicates::keep;
    ShortRecordings short_recordings = ShortRecordings::drop;
};

/// Reads a data config for these kinds of spectrogram. Throws Error naming file, line and column: unknown key (and the
/// nearest known one), wrong type, invalid value.
DataConfig read_data_config(const std::filesystem::path& path,
                            const std::vector<configs::Spectrogram>& kinds = {configs::Spectrogram::stft,
                                                                              configs::Spectrogram::cqt});

/// Throws Error, beginning with `where`, when the numbers are not a valid geometry, or when one of these kinds cannot
/// be computed with them (a CQT whose highest bin is above the Nyquist frequency).
void check_geometry(const configs::Geometry& geometry, const std::string& where,
                    const std::vector<configs::Spectrogram>& kinds);

}  // namespace attnsweep::data
