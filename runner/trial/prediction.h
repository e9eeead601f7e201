#pragma once

#include <cstdio>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// Names the instrument of each second of each recording: decoded, resampled and cut as ingest does it, spectrogram, scale
/// and normalisation as the trial was trained on. Writes to `out` the `order.top` classes with their probabilities a second,
/// and a line for the whole recording (mean of its seconds' probabilities); as one JSON object a recording when `json`.
///
/// A recording that cannot be used (unreadable, under one second) is named on standard error; the others go on. Returns
/// exit_done, or exit_bad_input when there was such a recording. Throws Error, model::Error, files::Error for weights that
/// are missing, damaged or another network's.
ExitCode run_prediction(const PredictionOrder& order, bool json, std::FILE* out);

}  // namespace attnsweep::runner
