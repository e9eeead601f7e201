#pragma once

#include <filesystem>

#include "configs/geometry.h"
#include "data/ingest.h"

namespace attnsweep::data {

/// What a data config (`configs/data/*.toml`) says: `[geometry]` sample_rate_hz, hop_samples, n_fft, octaves,
/// bins_per_octave, fmin_hz; `[ingest]` duplicates. A key left out has Geometry's default, the paper's.
struct DataConfig {
    configs::Geometry geometry;
    Duplicates duplicates = Duplicates::keep;
};

/// Throws Error naming file, line and column: unknown key (and the nearest known one), wrong type, impossible value.
DataConfig read_data_config(const std::filesystem::path& path);

/// Throws Error, beginning with `where`, when the numbers cannot be a geometry.
void check_geometry(const configs::Geometry& geometry, const std::string& where);

}  // namespace attnsweep::data
