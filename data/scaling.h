#pragma once

#include <span>

#include "configs/trial_spec.h"

namespace attnsweep::data {

/// Scales and normalises a clip's magnitudes in place, in this order:
///   clip_max       divided by the clip's greatest magnitude, before the scale: powers are then relative to the greatest
///                  power and decibels to the greatest magnitude. A silent clip is unchanged.
///   magnitude      unchanged.
///   power          squared.
///   decibel        20 log10(max(1e-5, m)): librosa.amplitude_to_db(ref=1, amin=1e-5, top_db=None).
///   clip_standard  after the scale: the clip's mean subtracted, then divided by its standard deviation (all zeros when
///                  that is 0).
void scale_clip(std::span<float> values, configs::Scale scale, configs::Normalisation normalisation);

}  // namespace attnsweep::data
