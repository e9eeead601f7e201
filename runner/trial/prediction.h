#pragma once

#include <cstdio>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// Names the instrument in each clip of each recording, decoded, resampled and cut as by ingest, with the spectrogram, scale and
/// normalisation that the trial was trained on. Writes to `out` the `order.top` classes with their probabilities per clip, and a
/// line for the whole recording (mean of its clips' probabilities); with `json`, one JSON object per recording.
///
/// A recording that cannot be used (unreadable, shorter than a clip) is named on standard error and skipped. Returns exit_done, or
/// exit_bad_input if there was such a recording. Throws Error, model::Error, files::Error for weights that are missing, damaged
/// or another network's.
ExitCode run_prediction(const PredictionOrder& order, bool json, std::FILE* out);

}  // namespace attnsweep::runner
